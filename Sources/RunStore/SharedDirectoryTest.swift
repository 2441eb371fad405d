import Files
import Foundation

/// Finds out whether hosts see one run directory: one process leaves a token there, the others look for it,
/// and answer beside it.
public struct SharedDirectoryTest: Sendable {
  /// What a process has found.
  public enum Finding: Equatable, Sendable {
    case shared
    /// The token is not there: the directory is another one.
    case other
    /// The token is there, but no answer can be written.
    ///
    /// - Parameter code: The system's error number.
    case cannotWrite(code: Int32)

    /// As it travels, [kind, code].
    public var numbers: [Int] {
      switch self {
      case .shared: [0, 0]
      case .other: [1, 0]
      case .cannotWrite(let code): [2, Int(code)]
      }
    }

    public init(numbers: [Int]) {
      switch numbers[0] {
      case 0: self = .shared
      case 1: self = .other
      default: self = .cannotWrite(code: Int32(truncatingIfNeeded: numbers[1]))
      }
    }
  }

  private let directory: RunDirectory

  public init(_ directory: RunDirectory) { self.directory = directory }

  /// Leaves a token that no other process can have left.
  ///
  /// - Returns: Its name.
  /// - Throws: `FileError`.
  public func leaveToken(host: String) throws -> String {
    let now = UInt64(Date().timeIntervalSince1970 * 1e9)
    let name = RunDirectory.probeName("\(getpid()).\(now)")
    try AtomicFile.write(Data("\(host) \(name)\n".utf8), to: directory.path + "/" + name)
    return name
  }

  /// Looks for a token, for some seconds: a file server may be slow to show it.
  ///
  /// - Parameter writes: Whether to write an answer too.
  public func look(for token: String, rank: Int, writes: Bool, patience: Double = 10) -> Finding {
    let path = directory.path + "/" + token
    let end = DispatchTime.now() + patience
    while access(path, R_OK) != 0 {
      if DispatchTime.now() > end { return .other }
      usleep(20_000)
    }
    guard writes else { return .shared }
    let answer = open("\(path).\(rank)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard answer >= 0 else { return .cannotWrite(code: errno) }
    close(answer)
    return .shared
  }

  /// Removes a token and all answers.
  public func remove(_ token: String, ranks: Int) {
    for rank in 0..<ranks { unlink("\(directory.path)/\(token).\(rank)") }
    unlink(directory.path + "/" + token)
  }
}
