//! `voxhumana keygen`: a key pair to sign evidence with.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use voxhumana::report::evidence::SigningKey;

use crate::say;

/// The arguments of `keygen`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct KeygenArgs {
    /// File for the private key; the public one goes beside it: case.pem and case.pub.pem
    ///
    /// Neither is ever overwritten. Only you can read the private key, which is not encrypted:
    /// whoever has it can sign in your name.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  voxhumana keygen investigator.pem
      Once. Keep investigator.pem; hand investigator.pub.pem to whoever is to check your records,
      and read them its fingerprint over the telephone.
  voxhumana scan --evidence case.json --evidence-key investigator.pem calls/
      Sign the evidence of a scan.
  openssl pkey -in investigator.pem -text -noout
      openssl reads the keys, and its own Ed25519 keys can be used here.";

/// Makes a key pair.
pub fn run(args: &KeygenArgs) -> Result<ExitCode> {
    let (private, public) = (&args.file, args.file.with_extension("pub.pem"));
    if let Some(there) = [private, &public].into_iter().find(|p| p.exists()) {
        bail!(
            "{}: is there already, and keys are never overwritten; give another name",
            there.display()
        );
    }
    let key = SigningKey::generate()?;
    write_new(private, &key.to_pem()?, true)?;
    write_new(&public, &key.public_key().to_pem(), false)?;
    println!("private key  {}", say::name(private));
    println!("public key   {}", say::name(&public));
    println!("fingerprint  {}", key.public_key().fingerprint());
    Ok(ExitCode::SUCCESS)
}

fn write_new(path: &Path, text: &str, secret: bool) -> Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    #[cfg(not(unix))]
    let _ = secret;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| {
        format!(
            "{}: cannot be written; check that its folder is there and that you may write into it",
            path.display()
        )
    })
}
