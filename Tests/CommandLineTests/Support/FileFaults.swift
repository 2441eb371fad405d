import Foundation
import TestSupport
import XCTest

extension CommandLineTestCase {
  /// Variables that let one file operation of a program go wrong (`Tests/FaultInjection`).
  ///
  /// - Parameters:
  ///   - operation: `write`, `sync`, `rename`, `create`, `truncate` or `read`.
  ///   - number: Which one, from 1.
  ///   - kind: What happens, such as `enospc`, or `usr1`.
  ///   - path: Of the file or directory, absolute.
  ///   - rank: Only in this rank; nil: in every process.
  ///   - stays: Whether all later operations go wrong too.
  func fault(
    _ operation: String, _ number: Int, _ kind: String, in path: String, rank: Int? = nil,
    stays: Bool = false
  ) throws -> [String: String] {
    let library = self.path("file-faults.so")
    if !FileManager.default.fileExists(atPath: library) {
      let source = ((#filePath as NSString).deletingLastPathComponent as NSString)
        .appendingPathComponent("../../FaultInjection/file-faults.c")
      let compiled = try run([
        "sh", "-c", #"$(command -v clang || command -v cc) -shared -fPIC -O2 -o "$0" "$1" -ldl"#,
        library, source,
      ])
      assertSuccess(compiled)
    }
    // A fault of the last program must not pass for this one's.
    unlink(faultLog)
    var variables = [
      "LD_PRELOAD": library, "FAULT_DIRECTORY": path, "FAULT_OPERATION": operation,
      "FAULT_NUMBER": "\(number)", "FAULT_KIND": kind, "FAULT_LOG": faultLog,
      "FAULT_STAYS": stays ? "1" : "0",
    ]
    if let rank { variables["FAULT_RANK"] = "\(rank)" }
    return variables
  }

  private var faultLog: String { path("faults.log") }

  /// Whether the fault asked for last has happened.
  var faultHappened: Bool { FileManager.default.fileExists(atPath: faultLog) }

  /// The command that runs `htnet` alone or under mpirun.
  func command(ranks: Int?, _ arguments: [String]) -> [String] {
    let program = [Self.binary] + arguments
    return ranks.map { Mpirun.command(ranks: $0, program) } ?? program
  }

  /// Variables for a program with a fault, under mpirun or not.
  func environment(_ fault: [String: String]) -> [String: String] {
    Mpirun.environment.merging(fault) { $1 }
  }
}
