import Digest
import Files
import Tasks

extension RunDirectory {
  /// A finished fold's result; nil: it is missing, cannot be read, or is not the one that was written.
  ///
  /// - Parameter sha256: That the ledger has of it.
  public func result(_ task: TaskKey, sha256: String) -> TaskResult? {
    guard let data = try? AtomicFile.read(resultPath(task)),
      SHA256.hexadecimal(of: data) == sha256, let result = try? TaskResult(file: data),
      result.task == task
    else { return nil }
    return result
  }
}
