//! Conditions of guards and routing rows: a small, typed part of CEL behind our own trait.
//!
//! Names and types are checked when the definition is loaded, against its declared context; what passes the check
//! cannot meet an unknown name later, because [`scope`] fills every declared variable.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::{Arc, LazyLock};

use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use cel::objects::{Key, Map as CelMap};
use cel::{Context, Env, Program};
use gongzhi_civic::text::Text;
use serde_json::{Map, Value};

use crate::definition::{Variable, VariableKind};

/// A condition that has passed the check.
pub trait Condition: Debug + Send + Sync {
    /// Whether it holds in this scope.
    ///
    /// # Errors
    /// In words, when it cannot be evaluated; a checked condition in a filled scope never fails so.
    fn holds(&self, scope: &Scope) -> Result<bool, String>;
}

/// The variables of one evaluation, all declared names filled; built once and used for every row of a table.
pub struct Scope {
    context: Context<'static, 'static>,
}

/// What is wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionFault {
    /// `expression_syntax`, `unknown_variable`, `expression_function` or `expression_type`.
    pub code: &'static str,
    /// In words.
    pub message: Text,
}

/// Compiles a condition and checks its names and types.
///
/// # Errors
/// The first fault.
pub fn compile(source: &str, context: &BTreeMap<String, Variable>) -> Result<Arc<dyn Condition>, ExpressionFault> {
    let program = Program::compile(source).map_err(|e| {
        let words: Vec<&str> = e.errors.iter().map(|p| p.msg.as_str()).collect();
        fault(
            "expression_syntax",
            format!("条件写法有误：{}", words.join("；")),
            format!("the condition cannot be read: {}", words.join("; ")),
        )
    })?;
    let kind = kind_of(program.expression(), context)?;
    if kind != Kind::Bool {
        return Err(fault(
            "expression_type",
            format!("条件须为真假值，现为{}", kind.zh()),
            format!("a condition must be bool, this is {}", kind.en()),
        ));
    }
    Ok(Arc::new(CelCondition(program)))
}

/// Fills every declared variable from `values` (nested maps), from its default, or with its type's empty value;
/// a value of another type counts as absent.
#[must_use]
pub fn scope(context: &BTreeMap<String, Variable>, values: &Map<String, Value>) -> Scope {
    let mut filled = Map::new();
    for (name, variable) in context {
        let given = lookup(values, name).filter(|v| fits(variable.kind, v)).or(variable.default.as_ref());
        let value = given.cloned().unwrap_or_else(|| empty(variable.kind));
        let mut facts = crate::command::Facts(std::mem::take(&mut filled));
        facts.set(name, value);
        filled = facts.0;
    }
    let mut context = Context::with_env(Arc::clone(&STANDARD));
    for (name, value) in filled {
        context.add_variable_from_value(name, to_cel(&value));
    }
    Scope { context }
}

/// CEL's standard operators; building them costs far more than evaluating a row, so they are built once.
static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

#[derive(Debug)]
struct CelCondition(Program);

impl Condition for CelCondition {
    fn holds(&self, scope: &Scope) -> Result<bool, String> {
        match self.0.execute(&scope.context) {
            Ok(cel::Value::Bool(b)) => Ok(b),
            Ok(other) => Err(format!("not a truth value: {other:?}")),
            Err(e) => Err(e.to_string()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    Int,
    Float,
    Bool,
    List,
}

impl Kind {
    const fn zh(self) -> &'static str {
        match self {
            Self::String => "文字",
            Self::Int => "整数",
            Self::Float => "小数",
            Self::Bool => "真假值",
            Self::List => "列表",
        }
    }

    const fn en(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::List => "list",
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }
}

/// The type of an expression; only what the table below allows is an expression here.
fn kind_of(expr: &IdedExpr, context: &BTreeMap<String, Variable>) -> Result<Kind, ExpressionFault> {
    match &expr.expr {
        Expr::Literal(literal) => match literal {
            LiteralValue::Boolean(_) => Ok(Kind::Bool),
            LiteralValue::String(_) => Ok(Kind::String),
            LiteralValue::Int(_) => Ok(Kind::Int),
            LiteralValue::Double(_) => Ok(Kind::Float),
            _ => Err(unsupported("literal")),
        },
        Expr::Ident(_) | Expr::Select(_) => {
            let name = dotted(&expr.expr).ok_or_else(|| unsupported("selection"))?;
            let variable = context.get(&name).ok_or_else(|| {
                let known: Vec<&str> = context.keys().map(String::as_str).collect();
                let known = known.join(", ");
                fault(
                    "unknown_variable",
                    format!("没有声明变量“{name}”；已声明：{known}"),
                    format!("`{name}` is not declared; declared: {known}"),
                )
            })?;
            Ok(match variable.kind {
                VariableKind::String => Kind::String,
                VariableKind::Int => Kind::Int,
                VariableKind::Float => Kind::Float,
                VariableKind::Bool => Kind::Bool,
                VariableKind::List => Kind::List,
            })
        }
        Expr::List(list) => {
            for element in &list.elements {
                kind_of(element, context)?;
            }
            Ok(Kind::List)
        }
        Expr::Call(call) => {
            let mut kinds = Vec::new();
            for part in call.target.as_deref().into_iter().chain(&call.args) {
                kinds.push(kind_of(part, context)?);
            }
            words_exist(call, context)?;
            call_kind(&call.func_name, &kinds)
        }
        _ => Err(unsupported("macro")),
    }
}

fn call_kind(function: &str, kinds: &[Kind]) -> Result<Kind, ExpressionFault> {
    let same = |a: Kind, b: Kind| a == b || (a.is_number() && b.is_number());
    let fits = match (function, kinds) {
        ("_&&_" | "_||_", [Kind::Bool, Kind::Bool]) | ("!_", [Kind::Bool]) => true,
        ("_==_" | "_!=_", [a, b]) => same(*a, *b),
        ("_<_" | "_<=_" | "_>_" | "_>=_", [a, b]) => same(*a, *b) && *a != Kind::List && *a != Kind::Bool,
        ("@in", [_, Kind::List]) => true,
        ("startsWith" | "endsWith" | "contains", [Kind::String, Kind::String]) => true,
        ("size", [Kind::String | Kind::List]) => return Ok(Kind::Int),
        (
            "_&&_" | "_||_" | "!_" | "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" | "@in" | "startsWith" | "endsWith" | "contains"
            | "size",
            _,
        ) => false,
        _ => {
            return Err(fault(
                "expression_function",
                format!("条件中不能使用“{function}”"),
                format!("`{function}` may not be used in a condition"),
            ));
        }
    };
    if fits {
        return Ok(Kind::Bool);
    }
    let zh: Vec<&str> = kinds.iter().map(|k| k.zh()).collect();
    let en: Vec<&str> = kinds.iter().map(|k| k.en()).collect();
    Err(fault(
        "expression_type",
        format!("“{function}”不能用于：{}", zh.join("、")),
        format!("`{function}` does not take {}", en.join(", ")),
    ))
}

/// A word compared with a variable that lists its words must be one of them: `category == 'lihgt'` is a slip.
fn words_exist(call: &cel::common::ast::CallExpr, context: &BTreeMap<String, Variable>) -> Result<(), ExpressionFault> {
    let [left, right] = call.args.as_slice() else { return Ok(()) };
    let Some(variable) = dotted(&left.expr).and_then(|name| context.get(&name)) else { return Ok(()) };
    if variable.values.is_empty() || !matches!(call.func_name.as_str(), "_==_" | "_!=_" | "@in") {
        return Ok(());
    }
    let elements = match &right.expr {
        Expr::List(list) => list.elements.iter().collect(),
        _ => vec![right],
    };
    for element in elements {
        if let Expr::Literal(LiteralValue::String(word)) = &element.expr {
            let word = word.inner();
            if !word.is_empty() && !variable.values.iter().any(|v| v == word) {
                return Err(fault(
                    "unknown_value",
                    format!("“{word}”不在该变量可取的值中"),
                    format!("`{word}` is none of the words this variable can have"),
                ));
            }
        }
    }
    Ok(())
}

fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", dotted(&select.operand.expr)?, select.field)),
        _ => None,
    }
}

fn unsupported(what: &str) -> ExpressionFault {
    fault("expression_function", format!("条件中不支持此写法（{what}）"), format!("this is not supported in a condition ({what})"))
}

fn fault(code: &'static str, zh: String, en: String) -> ExpressionFault {
    ExpressionFault { code, message: Text::new(zh, en) }
}

fn lookup<'a>(values: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut parts = name.split('.');
    let mut value = values.get(parts.next()?)?;
    for part in parts {
        value = value.get(part)?;
    }
    Some(value)
}

fn fits(kind: VariableKind, value: &Value) -> bool {
    match kind {
        VariableKind::String => value.is_string(),
        VariableKind::Int => value.is_i64() || value.is_u64(),
        VariableKind::Float => value.is_number(),
        VariableKind::Bool => value.is_boolean(),
        VariableKind::List => value.is_array(),
    }
}

fn empty(kind: VariableKind) -> Value {
    match kind {
        VariableKind::String => Value::from(""),
        VariableKind::Int => Value::from(0),
        VariableKind::Float => Value::from(0.0),
        VariableKind::Bool => Value::from(false),
        VariableKind::List => Value::Array(Vec::new()),
    }
}

fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(b) => cel::Value::Bool(*b),
        Value::Number(n) => n.as_i64().map_or_else(|| cel::Value::Float(n.as_f64().unwrap_or(0.0)), cel::Value::Int),
        Value::String(s) => cel::Value::from(s.as_str()),
        Value::Array(items) => cel::Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Object(map) => {
            let map: HashMap<Key, cel::Value> = map.iter().map(|(k, v)| (Key::from(k.as_str()), to_cel(v))).collect();
            cel::Value::Map(CelMap { map: Arc::new(map) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> BTreeMap<String, Variable> {
        let variable = |kind, values: &[&str]| Variable {
            kind,
            default: None,
            field: None,
            form: None,
            table: None,
            values: values.iter().map(|v| (*v).to_owned()).collect(),
        };
        BTreeMap::from([
            ("category".to_owned(), variable(VariableKind::String, &["lamp", "marking"])),
            ("severity".to_owned(), variable(VariableKind::Int, &[])),
            ("road.owner".to_owned(), variable(VariableKind::String, &[])),
            ("area.rural".to_owned(), variable(VariableKind::Bool, &[])),
        ])
    }

    #[test]
    fn conditions_hold_as_written_and_absent_facts_are_empty() {
        let facts = crate::command::Facts::new().with("category", "lamp").with("severity", 3).with("area.rural", true);
        let scope = scope(&context(), &facts.0);
        for (source, expected) in [
            ("true", true),
            ("category == 'lamp' && area.rural", true),
            ("category in ['marking'] || severity >= 4", false),
            ("road.owner == ''", true),
            ("road.owner != '' && !area.rural", false),
            ("size(category) == 4", true),
            ("category.startsWith('la')", true),
        ] {
            assert_eq!(compile(source, &context()).unwrap().holds(&scope), Ok(expected), "{source}");
        }
    }

    #[test]
    fn slips_are_found_before_any_case_exists() {
        for (source, code) in [
            ("categry == 'lamp'", "unknown_variable"),
            ("road.ownr == ''", "unknown_variable"),
            ("road == ''", "unknown_variable"),
            ("category == 'lihgt'", "unknown_value"),
            ("category in ['lamp', 'lihgt']", "unknown_value"),
            ("severity == 'three'", "expression_type"),
            ("severity", "expression_type"),
            ("category && true", "expression_type"),
            ("category ==", "expression_syntax"),
            ("", "expression_syntax"),
            ("timestamp('x') == timestamp('y')", "expression_function"),
            ("[1,2].exists(x, x > 1)", "expression_function"),
        ] {
            assert_eq!(compile(source, &context()).unwrap_err().code, code, "{source}");
        }
    }
}
