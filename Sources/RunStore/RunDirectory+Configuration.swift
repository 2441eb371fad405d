import Digest
import Files
import Foundation

/// The resolved configuration of a run.
extension RunDirectory {
  /// Where a configuration lies that the next line of the ledger names.
  private var nextConfigurationPath: String { path + "/config.next.yaml" }

  /// The resolved configuration that the run was begun with.
  ///
  /// - Throws: `RunError` if it is missing or no text, `FileError` if nobody can say what it holds.
  public func configuration() throws -> String {
    guard let data = try AtomicFile.read(configurationPath) else {
      throw RunError(configurationPath, "is missing")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw RunError(configurationPath, "is damaged: it is no text")
    }
    return text
  }

  /// SHA-256 of the resolved configuration's file.
  public func configurationSHA256() throws -> String {
    SHA256.hexadecimal(of: Data(try configuration().utf8))
  }

  /// Compares the resolved configuration with the one that the ledger's last job had.
  ///
  /// - Throws: `RunError` if it is another file.
  public func checkConfiguration(_ ledger: Ledger) throws {
    guard let job = ledger.lastJob, job.configurationSHA256 != (try configurationSHA256()) else {
      return
    }
    throw RunError(
      configurationPath,
      "is not the file that the run was begun with: it was edited or damaged; restore it, or name "
        + "another directory with --run")
  }

  /// Keeps the resolved configuration of a run that begins.
  public func setConfiguration(_ text: String) throws {
    try AtomicFile.write(Data(text.utf8), to: configurationPath)
  }

  /// Keeps the resolved configuration of a run that grows. It counts from `settleConfiguration` on, when
  /// the ledger's last job names it.
  ///
  /// - Returns: The SHA-256 of its file.
  public func setNextConfiguration(_ text: String) throws -> String {
    try AtomicFile.write(Data(text.utf8), to: nextConfigurationPath)
    return SHA256.hexadecimal(of: Data(text.utf8))
  }

  /// Lets a prepared configuration count if the ledger's last job names it, and removes it otherwise.
  /// Only the holder of the run's lock may.
  public func settleConfiguration(_ ledger: Ledger) throws {
    guard let data = try AtomicFile.read(nextConfigurationPath) else { return }
    if ledger.lastJob?.configurationSHA256 == SHA256.hexadecimal(of: data) {
      try AtomicFile.write(data, to: configurationPath)
    }
    unlink(nextConfigurationPath)
  }
}
