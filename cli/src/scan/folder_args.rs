//! The flags that choose files of folders.

/// `--include` and what belongs to it.
#[derive(Debug, clap::Args)]
pub struct FolderArgs {
    /// In folders, take the files that match this glob, instead of those with the extension of a
    /// recording
    ///
    /// A glob without / is compared with the file's name, one with / with its path below the
    /// folder. Can be repeated.
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// In folders, leave out files and subfolders that match this glob
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// In folders, try all files, whatever their extension
    #[arg(long, conflicts_with = "include")]
    pub all_files: bool,
}
