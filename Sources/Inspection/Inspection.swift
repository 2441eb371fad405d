import Checkpointing
import Files
import Foundation

/// What is in a file or a run, in lines for people, and what is wrong with it.
public struct Inspection: Sendable {
  /// How closely to look.
  public struct Depth: Sendable {
    /// Whether every file is read and its hash compared; otherwise names and sizes only.
    public var verify: Bool
    /// Threads that decompress.
    public var threads: Int

    public init(verify: Bool, threads: Int) {
      self.verify = verify
      self.threads = threads
    }
  }

  public internal(set) var lines: [String] = []
  /// One sentence for each thing that is damaged or missing; empty: nothing was found.
  public internal(set) var problems: [String] = []
  /// Whether a file is there but cannot be read now, so that nobody can say whether it is whole.
  public internal(set) var hasUnreadable = false
  /// Whether something could not be judged: a job was replacing it, or a newer program wrote it.
  public internal(set) var isUnsettled = false

  /// Whether nothing is known to be wrong.
  var isGood: Bool { problems.isEmpty && !hasUnreadable }

  init() {}

  mutating func say(_ text: String) { lines.append(text) }

  mutating func complain(_ text: String) {
    problems.append(text)
    lines.append("  DAMAGED: \(text)")
  }

  /// Says what an error means for the file that it names.
  mutating func complain(of error: any Error) {
    switch error {
    case let failure as FileError where failure.isOfTheSystem:
      hasUnreadable = true
      lines.append("  CANNOT BE READ: \(failure)")
    case let newer as NewerCheckpointFormat:
      isUnsettled = true
      lines.append("  NOT JUDGED: \(newer)")
    default: complain("\(error)")
    }
  }

  mutating func append(_ other: Inspection) {
    lines += other.lines
    problems += other.problems
    hasUnreadable = hasUnreadable || other.hasUnreadable
    isUnsettled = isUnsettled || other.isUnsettled
  }
}
