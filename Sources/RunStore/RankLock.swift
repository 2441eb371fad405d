import Files
import Foundation

/// Keeps new jobs out of a run directory while a rank lives that is not its job's first.
///
/// When the first rank dies, its `RunLock` is gone at once, but the others may train on and write
/// checkpoints until mpirun or their own deadline ends them.
public final class RankLock: Sendable {
  private let file: Int32?

  /// Takes the lock together with the job's other ranks, for as long as this object lives.
  ///
  /// The job's first rank must hold its `RunLock`, and must not let anybody train before all ranks
  /// have done this. A rank on a file system without locks trains without.
  ///
  /// - Parameter warn: Told why a rank that sees the directory has no lock.
  /// - Throws: `RunInUse` if a new job has begun: the first rank of this one is gone. `FileError` if
  ///   the system fails.
  public init(_ directory: RunDirectory, warn: (String) -> Void) throws {
    // Made if need be: an NFS client may have cached that it was not there.
    let path = directory.lockPath
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      let error = FileError(path: path, operation: "open the lock")
      if error.code != ENOENT {
        warn("\(error); if the job's first rank dies, this rank keeps no new job out")
      }
      self.file = nil
      return
    }
    self.file = file
    let answer = try LockByte.ranks.lock(file, F_RDLCK, Patience(seconds: 0), path: path)
    if case .refused = answer { throw RunInUse(directory, onlyRanks: false) }
  }

  deinit { if let file { close(file) } }
}
