//! What the command line takes.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Gongzhi 共治: a city's road safety, governed together.
#[derive(Debug, Parser)]
#[command(name = "gongzhi", version, about, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the state lies and what the city is.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// Folder for all state: database, files, roads.
    #[arg(long, default_value = "./data", env = "GONGZHI_DATA")]
    pub(crate) data: PathBuf,
    /// `postgres://user@host/db` instead of SQLite in the folder.
    #[arg(long, env = "GONGZHI_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// A city's own data in the shape of `city/`.
    #[arg(long, env = "GONGZHI_CITY")]
    pub(crate) city: Option<PathBuf>,
    /// A city's own matters in the shape of `matters/`.
    #[arg(long, env = "GONGZHI_MATTERS")]
    pub(crate) matters: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the screens and the API, and runs the jobs.
    Serve {
        #[command(flatten)]
        place: Place,
        /// Address to listen on.
        #[arg(long, default_value = "127.0.0.1:8080", env = "GONGZHI_LISTEN")]
        listen: SocketAddr,
        /// Makes the demo city first, if the folder is empty, and plays it on live. Everything in it is synthetic.
        #[arg(long)]
        demo: bool,
        /// Seed of the demo city.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How fast the demo city's day goes on: 1 is real time, 60 a minute a second.
        #[arg(long, default_value_t = 1.0)]
        speed: f64,
    },
    /// Imports files.
    Import {
        /// What.
        #[command(subcommand)]
        what: Import,
    },
    /// Makes the demo city in an empty folder, and stops.
    Demo {
        #[command(flatten)]
        place: Place,
        /// Seed of the demo city.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// The ledger.
    Ledger {
        /// What.
        #[command(subcommand)]
        what: Ledger,
    },
    /// Checks a matter's folder as publishing does: every fault with file, line and reason.
    Matter {
        /// What.
        #[command(subcommand)]
        what: Matter,
    },
    /// Asks the roads in use: words, places, ways, tracks, stakes.
    Road {
        /// What.
        #[command(subcommand)]
        what: Road,
    },
    /// Asks where it clusters.
    Risk {
        /// What.
        #[command(subcommand)]
        what: Risk,
    },
    /// Adds an account; the password is read from the terminal or standard input.
    Account {
        #[command(flatten)]
        place: Place,
        /// Login name.
        #[arg(long)]
        login: String,
        /// Name.
        #[arg(long)]
        name: String,
        /// Unit id.
        #[arg(long)]
        unit: String,
        /// Roles, separated by commas.
        #[arg(long, value_delimiter = ',')]
        roles: Vec<String>,
    },
    /// Says what is there and what is missing on this machine.
    Doctor {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Roads from OpenStreetMap: PBF, XML, or XML packed with gzip or bzip2.
    Roads {
        /// The file.
        file: PathBuf,
        /// Datum of its coordinates.
        #[arg(long)]
        datum: Datum,
        #[command(flatten)]
        place: Place,
        /// Prints the summary as JSON.
        #[arg(long)]
        json: bool,
    },
    /// A list from CSV: each row becomes a case of a matter that takes lists; what is gone from the next list leaves.
    Cases {
        /// The file: UTF-8 or GB 18030, with a heading line.
        file: PathBuf,
        /// Matter id.
        #[arg(long)]
        matter: String,
        /// Campaign; without it the rows name theirs.
        #[arg(long, default_value = "")]
        campaign: String,
        /// Only says what would happen.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        place: Place,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Calls or crashes from CSV, plain or packed with xz or gzip.
    Signals {
        /// The files, one import each.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How to read it: a name of `city/mappings/`.
        #[arg(long)]
        mapping: String,
        #[command(flatten)]
        place: Place,
        /// Prints the summary as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Risk {
    /// Black spots (事故多发点段) by a rule of `city/blackspots.toml`.
    Blackspots {
        /// Id of the rule; the city's default without.
        #[arg(long)]
        rule: Option<String>,
        /// Crashes before this day count, `2026-01-01`; today without.
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        place: Place,
        /// Prints the answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Road {
    /// Where words say it is, or what to ask.
    Where {
        /// A place, or a whole call: `220国道K190+300`, `胜利东路和阳明北路路口`.
        words: String,
        /// Where the caller is: `lon,lat`.
        #[arg(long, allow_hyphen_values = true)]
        near: Option<String>,
        #[command(flatten)]
        place: Place,
        /// Prints the answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// How to say a place to a patrol in the fewest words.
    Say {
        /// `lon,lat`, WGS-84.
        #[arg(allow_hyphen_values = true)]
        at: String,
        #[command(flatten)]
        place: Place,
    },
    /// The quickest way between two places, step by step.
    Way {
        /// Words or `lon,lat`.
        #[arg(allow_hyphen_values = true)]
        from: String,
        /// Words or `lon,lat`.
        #[arg(allow_hyphen_values = true)]
        to: String,
        /// Vehicle.
        #[arg(long, default_value = "car")]
        vehicle: Vehicle,
        /// Places at which the road is closed; may be given several times.
        #[arg(long, allow_hyphen_values = true)]
        close: Vec<String>,
        #[command(flatten)]
        place: Place,
        /// Prints GeoJSON.
        #[arg(long)]
        json: bool,
    },
    /// The outline of everything within so many minutes, as GeoJSON.
    Reach {
        /// Words or `lon,lat`.
        #[arg(allow_hyphen_values = true)]
        from: String,
        /// Minutes, at most 60.
        #[arg(long)]
        minutes: f64,
        /// Vehicle.
        #[arg(long, default_value = "emergency")]
        vehicle: Vehicle,
        #[command(flatten)]
        place: Place,
    },
    /// Which units are first at a place, by road time, and why not the others.
    Nearest {
        /// Words or `lon,lat`.
        #[arg(allow_hyphen_values = true)]
        to: String,
        /// CSV: unit,lon,lat.
        #[arg(long)]
        units: PathBuf,
        /// How many.
        #[arg(short, long, default_value_t = 5)]
        k: usize,
        #[command(flatten)]
        place: Place,
    },
    /// Lays a track on the roads.
    Track {
        /// CSV: seconds,lon,lat[,heading][,accuracy in metres].
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Checks kilometre stakes against the roads: rows that are wrong, posts that do not fit, breaks of the numbering.
    Stakes {
        /// CSV: route,stake,lon,lat[,direction][,note]; without it, those in use.
        file: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// What became of places from one network file to another.
    Carry {
        /// The older `roads.network`.
        old: PathBuf,
        /// The newer one.
        new: PathBuf,
        /// Prints the lists as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Vehicle {
    /// Car.
    Car,
    /// Semi-trailer at the limits of GB 1589: 4 m high, 17.1 m long, 49 t.
    Lorry,
    /// Motorcycle.
    Motorcycle,
    /// Bus.
    Bus,
    /// Police, ambulance, fire brigade.
    Emergency,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Proves every hash chain and every daily anchor.
    Verify {
        #[command(flatten)]
        place: Place,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Matter {
    /// Checks one folder.
    Check {
        /// The folder, e.g. `matters/hazard`.
        folder: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Typesets one of a folder's letters with sample data.
    Letter {
        /// The folder, e.g. `matters/hazard`.
        folder: PathBuf,
        /// The letter's id.
        letter: String,
        /// Where the PDF goes.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Runs a folder's scenarios and prints what they cover.
    Test {
        /// The folder, e.g. `matters/hazard`.
        folder: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Explains a matter to people: the picture of its course (SVG) and the sheet to be signed (HTML).
    Explain {
        /// The folder, e.g. `matters/order`.
        folder: PathBuf,
        /// Where to write; the current folder if not given.
        #[arg(long, default_value = ".")]
        out: PathBuf,
        /// `zh` or `en`; both if not given.
        #[arg(long)]
        lang: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Simulates a matter under load: where does it jam, and what share will be late?
    Simulate {
        /// The folder, e.g. `matters/order`.
        folder: PathBuf,
        /// Cases opened: `20/d` on a working day, `5/h` in a working hour.
        #[arg(long)]
        rate: Rate,
        /// Units that handle.
        #[arg(long)]
        units: u32,
        /// Working days.
        #[arg(long, default_value_t = 90)]
        days: u32,
        /// Seed; the same seed gives the same report.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Prints the report as JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Says what differs between two versions of a matter.
    Diff {
        /// The older folder.
        old: PathBuf,
        /// The newer folder.
        new: PathBuf,
        /// Prints the differences as JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Datum {
    /// GPS and OpenStreetMap.
    Wgs84,
    /// China's map datum (高德、腾讯).
    Gcj02,
    /// Baidu's.
    Bd09,
    /// China's survey datum; within decimetres of WGS-84.
    Cgcs2000,
}

impl From<Datum> for gongzhi_road::datum::Datum {
    fn from(datum: Datum) -> Self {
        match datum {
            Datum::Wgs84 => Self::Wgs84,
            Datum::Gcj02 => Self::Gcj02,
            Datum::Bd09 => Self::Bd09,
            Datum::Cgcs2000 => Self::Cgcs2000,
        }
    }
}

/// How many cases are opened, as `20/d` or `5/h`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// How many.
    pub(crate) number: f64,
    /// In an hour instead of a day.
    pub(crate) hourly: bool,
}

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}`：应写作 20/d 或 5/h / write 20/d or 5/h");
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        if !(number.is_finite() && (0.0..=100_000.0).contains(&number)) {
            return Err(wrong());
        }
        match unit.trim() {
            "d" => Ok(Self { number, hourly: false }),
            "h" => Ok(Self { number, hourly: true }),
            _ => Err(wrong()),
        }
    }
}
