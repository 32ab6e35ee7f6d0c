//! Writes the bill of materials of the binary to standard output: CycloneDX 1.5, everything that is linked in for a target.
//!
//! `cargo run -p patron-harness --bin sbom [-- TARGET] > patron.cdx.json`. Nothing but Cargo is asked, and nothing in the document changes from
//! run to run, so two bills of one commit are the same bytes. A tool of its own (cargo-cyclonedx, cargo-sbom) would have to be built
//! from a hundred crates first, to read the same two files.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// The package that is described.
const PACKAGE: &str = "patron";

fn main() -> Result<()> {
    let target = match std::env::args().nth(1) {
        Some(target) => target,
        None => host()?,
    };
    let arguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform", &target];
    let metadata: Value =
        serde_json::from_slice(&output("cargo", &arguments)?).context("reading cargo's metadata")?;
    let root = metadata["workspace_root"].as_str().context("cargo names no workspace")?;
    let lock = std::fs::read_to_string(format!("{root}/Cargo.lock")).context("reading Cargo.lock")?;
    println!("{:#}", bill(&metadata, &checksums(&lock))?);
    Ok(())
}

fn host() -> Result<String> {
    let said = String::from_utf8(output("rustc", &["-vV"])?).context("rustc speaks UTF-8")?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

fn output(program: &str, arguments: &[&str]) -> Result<Vec<u8>> {
    let output =
        Command::new(program).args(arguments).output().with_context(|| format!("running {program}"))?;
    ensure!(output.status.success(), "{program} failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// The SHA-256 of each package from a registry, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let packages = lock.split("[[package]]").skip(1).filter_map(|package| {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.map(|text| text.trim_matches('"').to_owned())
        };
        Some(((value("name")?, value("version")?), value("checksum")?))
    });
    packages.collect()
}

/// The document, from what `cargo metadata` says.
fn bill(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let by_id = |values: Vec<Value>| -> BTreeMap<String, Value> {
        values.into_iter().filter_map(|value| Some((value["id"].as_str()?.to_owned(), value))).collect()
    };
    let packages = by_id(list(&metadata["packages"]));
    let nodes = by_id(list(&metadata["resolve"]["nodes"]));
    let root = packages.iter().find(|(_, package)| package["name"] == PACKAGE).map(|(id, _)| id.clone());
    let root = root.with_context(|| format!("there is no package {PACKAGE}"))?;
    let mut linked = BTreeMap::new();
    let mut waiting = vec![root.clone()];
    while let Some(id) = waiting.pop() {
        if linked.contains_key(&id) {
            continue;
        }
        let needs: BTreeSet<String> = list(&nodes[&id]["deps"])
            .iter()
            .filter(|dep| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()))
            .filter_map(|dep| dep["pkg"].as_str().map(str::to_owned))
            .filter(|id| !is_macro(&packages[id]))
            .collect();
        waiting.extend(needs.iter().cloned());
        linked.insert(id, needs);
    }
    let others =
        linked.keys().filter(|id| **id != root).map(|id| component(&packages[id], checksums, "library"));
    let edges = linked.iter().map(|(id, needs)| {
        let needs: Vec<String> = needs.iter().map(|id| reference(&packages[id])).collect();
        json!({"ref": reference(&packages[id]), "dependsOn": needs})
    });
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(&packages[&root], checksums, "application")},
        "components": others.collect::<Vec<_>>(),
        "dependencies": edges.collect::<Vec<_>>(),
    }))
}

/// Runs in the compiler and leaves nothing in the binary but what it wrote.
fn is_macro(package: &Value) -> bool {
    let targets = package["targets"].as_array().into_iter().flatten();
    targets
        .flat_map(|target| target["kind"].as_array().into_iter().flatten())
        .any(|kind| kind == "proc-macro")
}

fn reference(package: &Value) -> String {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>, kind: &str) -> Value {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let purl = reference(package);
    let mut component = json!({
        "type": kind, "bom-ref": purl, "name": text("name"), "version": text("version"), "purl": purl,
        // Older crates separate alternatives by a slash, which is no expression.
        "licenses": [{"expression": text("license").replace('/', " OR ")}],
    });
    if let Some(hash) = checksums.get(&(text("name"), text("version"))) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": hash}]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_listed_with_its_hash_and_what_only_builds_is_not() {
        let package = |name: &str, kind: &str| json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "targets": [{"kind": [kind]}]});
        let dep = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let needs = [
            dep("linked", Value::Null),
            dep("derive", Value::Null),
            dep("cc", json!("build")),
            dep("proptest", json!("dev")),
        ];
        let metadata = json!({
            "packages": [package("patron", "bin"), package("linked", "lib"), package("derive", "proc-macro"), package("cc", "lib"),
                package("proptest", "lib")],
            "resolve": {"nodes": [{"id": "patron", "deps": needs}, {"id": "linked", "deps": []}]},
        });
        let lock = "[[package]]\nname = \"linked\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n";
        let bill = bill(&metadata, &checksums(lock)).unwrap();
        let listed = bill["components"].as_array().unwrap();
        assert_eq!(listed.len(), 1, "{bill:#}");
        assert_eq!(listed[0]["purl"], "pkg:cargo/linked@1.0.0");
        assert_eq!(listed[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(listed[0]["hashes"][0]["content"], "abc");
        assert_eq!(bill["dependencies"][1]["dependsOn"], json!(["pkg:cargo/linked@1.0.0"]));
    }
}
