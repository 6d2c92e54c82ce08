//! Compiles the contract with protox, so that nobody needs protoc.

use std::path::PathBuf;
use std::{env, error, fs};

const FILES: [&str; 9] = [
    "tokenfleet/v1/audit.proto",
    "tokenfleet/v1/authentication.proto",
    "tokenfleet/v1/code.proto",
    "tokenfleet/v1/common.proto",
    "tokenfleet/v1/import.proto",
    "tokenfleet/v1/lending.proto",
    "tokenfleet/v1/operator.proto",
    "tokenfleet/v1/system.proto",
    "tokenfleet/v1/token.proto",
];

/// Messages that hold codes or seeds: they get no `Debug` that could print one.
const SECRET_MESSAGES: [&str; 8] = [
    "tokenfleet.v1.AssignTokenRequest",
    "tokenfleet.v1.ImportTokensRequest",
    "tokenfleet.v1.ImportTokensRequest.part",
    "tokenfleet.v1.InspectSeedFileRequest",
    "tokenfleet.v1.InspectSeedFileRequest.part",
    "tokenfleet.v1.ResyncTokenRequest",
    "tokenfleet.v1.VerifyCodeRequest",
    "tokenfleet.v1.VerifyTokenRequest",
];

fn main() -> Result<(), Box<dyn error::Error>> {
    #[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where to write by the environment")]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    // The encoded set keeps the options that the typed one drops.
    fs::write(out.join("tokenfleet.binpb"), compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure().skip_debug(SECRET_MESSAGES).compile_fds(compiler.file_descriptor_set())?;
    println!("cargo:rerun-if-changed=tokenfleet");
    Ok(())
}
