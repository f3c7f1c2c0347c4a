//! `gongzhi`: args → role. What a command does stands in [`commands`].

mod arguments;
mod commands;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    commands::start(arguments)
}
