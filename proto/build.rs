//! Compiles the contract with protox, so that nobody needs protoc.

use std::path::PathBuf;
use std::{env, error, fs};

use protox::prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

const FILES: [&str; 16] = [
    "tokenfleet/v1/adoption.proto",
    "tokenfleet/v1/audit.proto",
    "tokenfleet/v1/authentication.proto",
    "tokenfleet/v1/campaign.proto",
    "tokenfleet/v1/code.proto",
    "tokenfleet/v1/common.proto",
    "tokenfleet/v1/delivery.proto",
    "tokenfleet/v1/directory.proto",
    "tokenfleet/v1/import.proto",
    "tokenfleet/v1/lending.proto",
    "tokenfleet/v1/lot.proto",
    "tokenfleet/v1/operator.proto",
    "tokenfleet/v1/report.proto",
    "tokenfleet/v1/stock.proto",
    "tokenfleet/v1/system.proto",
    "tokenfleet/v1/token.proto",
];

fn main() -> Result<(), Box<dyn error::Error>> {
    #[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where to write by the environment")]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    // The encoded set keeps the options that the typed one drops.
    fs::write(out.join("tokenfleet.binpb"), compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure()
        .skip_debug(secret_messages(&compiler.descriptor_pool()))
        .compile_fds(compiler.file_descriptor_set())?;
    println!("cargo:rerun-if-changed=tokenfleet");
    Ok(())
}

/// Requests that hold codes or seeds, and what holds those: they get no `Debug` that could print one. Answers never do.
fn secret_messages(pool: &DescriptorPool) -> Vec<String> {
    let secret = pool.all_messages().filter(|message| message.name().ends_with("Request") && is_secret(message));
    secret.flat_map(|message| names(&message)).collect()
}

fn is_secret(message: &MessageDescriptor) -> bool {
    message.fields().any(|field| hides(&field))
}

fn hides(field: &FieldDescriptor) -> bool {
    let redacted = field.options().get_field_by_name("debug_redact").and_then(|value| value.as_bool());
    // A message in itself would go round for ever; its other fields decide.
    let holds_secret =
        matches!(field.kind(), Kind::Message(inner) if inner != *field.parent_message() && is_secret(&inner));
    redacted == Some(true) || holds_secret
}

/// The message and its choices, which become types of their own.
fn names(message: &MessageDescriptor) -> Vec<String> {
    let choices = message.oneofs().filter(|choice| choice.fields().any(|field| hides(&field)));
    let mut names: Vec<_> = choices.map(|choice| choice.full_name().to_owned()).collect();
    names.push(message.full_name().to_owned());
    names
}
