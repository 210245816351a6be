//! Writes dispatch-wire's Rust types: `protogen PROTO_DIR THIRD_PARTY_DIR OUT_DIR`.
//!
//! Compiles with protox, a protoc in Rust, so that a contributor needs nothing but cargo. Only messages are written:
//! services live in Python. `make proto` runs it and puts the result under version control.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use prost_build::Module;

/// Packages that become Rust types. Others (`buf.validate`, `google.api`) only carry options, which Rust ignores.
const GENERATED_PACKAGES: [&str; 2] = ["dispatch.", "google.rpc"];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [protos, third_party, out] = args.as_slice() else {
        return Err("usage: protogen PROTO_DIR THIRD_PARTY_DIR OUT_DIR".into());
    };
    let mut sources = Vec::new();
    collect_protos(&protos.join("dispatch"), &mut sources)?;
    sources.sort();

    fs::create_dir_all(out)?;
    let modules = rust_modules(&sources, &[protos, third_party])?;
    for (package, code) in &modules {
        fs::write(out.join(format!("{package}.rs")), code)?;
    }
    fs::write(out.join("mod.rs"), module_tree(modules.keys())?)?;
    Ok(())
}

fn collect_protos(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_protos(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            found.push(path);
        }
    }
    Ok(())
}

/// Generates one piece of code a package. Everything imported takes part, so that types resolve; only ours is kept.
fn rust_modules(sources: &[PathBuf], includes: &[&PathBuf]) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut requests = Vec::new();
    for mut file in protox::compile(sources, includes)?.file {
        file.service.clear();
        requests.push((Module::from_protobuf_package_name(file.package()), file));
    }
    let mut config = prost_build::Config::new();
    // Output order must never depend on a hash seed.
    config.btree_map(["."]);
    let modules = config
        .generate(requests)?
        .into_iter()
        .map(|(module, code)| (module.parts().collect::<Vec<_>>().join("."), code));
    Ok(modules.filter(|(name, _)| GENERATED_PACKAGES.iter().any(|prefix| name.starts_with(prefix))).collect())
}

/// Writes the `mod` tree that includes every package's file at its place.
fn module_tree<'a>(packages: impl Iterator<Item = &'a String>) -> Result<String, Box<dyn Error>> {
    let mut tree = String::from("//! Written by `make proto`.\n\n");
    let mut open: Vec<&str> = Vec::new();
    for package in packages {
        let path: Vec<&str> = package.split('.').collect();
        let shared = open.iter().zip(&path).take_while(|(left, right)| left == right).count();
        close(&mut tree, &mut open, shared)?;
        for name in &path[shared..] {
            writeln!(tree, "{:indent$}pub mod {name} {{", "", indent = open.len() * 4)?;
            open.push(name);
        }
        writeln!(tree, "{:indent$}include!(\"{package}.rs\");", "", indent = open.len() * 4)?;
    }
    close(&mut tree, &mut open, 0)?;
    Ok(tree)
}

fn close(tree: &mut String, open: &mut Vec<&str>, depth: usize) -> std::fmt::Result {
    while open.len() > depth {
        open.pop();
        writeln!(tree, "{:indent$}}}", "", indent = open.len() * 4)?;
    }
    Ok(())
}
