//! Turns the model files into JSON, which each run of the program reads in a fraction of the time that TOML takes.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=models");
    let target = Path::new(&env::var("OUT_DIR")?).join("models");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    for language in fs::read_dir("models")? {
        let language = language?;
        if !language.file_type()?.is_dir() {
            continue;
        }
        let folder = target.join(language.file_name());
        fs::create_dir_all(&folder)?;
        for file in fs::read_dir(language.path())? {
            let path = file?.path();
            let model: toml::Table =
                toml::from_str(&fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
            let stem = path.file_stem().unwrap_or_default();
            fs::write(folder.join(stem).with_extension("json"), serde_json::to_string(&model)?)?;
        }
    }
    Ok(())
}
