import Foundation
import TestSupport
import XCTest

private let compiling = NSLock()

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
  ///   - program: A name of the program, where several run at the same time.
  func fault(
    _ operation: String, _ number: Int, _ kind: String, in path: String, rank: Int? = nil,
    stays: Bool = false, of program: String = "program"
  ) throws -> [String: String] {
    let library = try compiling.withLock { try faultLibrary() }
    // A fault of the last program must not pass for this one's.
    unlink(faultLog(program))
    var variables = [
      "LD_PRELOAD": library, "FAULT_DIRECTORY": path, "FAULT_OPERATION": operation,
      "FAULT_NUMBER": "\(number)", "FAULT_KIND": kind, "FAULT_LOG": faultLog(program),
      "FAULT_STAYS": stays ? "1" : "0",
    ]
    if let rank { variables["FAULT_RANK"] = "\(rank)" }
    return variables
  }

  private func faultLibrary() throws -> String {
    let library = path("file-faults.so")
    if !FileManager.default.fileExists(atPath: library) {
      let source = ((#filePath as NSString).deletingLastPathComponent as NSString)
        .appendingPathComponent("../../FaultInjection/file-faults.c")
      let compiled = try run([
        "sh", "-c", #"$(command -v clang || command -v cc) -shared -fPIC -O2 -o "$0" "$1" -ldl"#,
        library, source,
      ])
      assertSuccess(compiled)
    }
    return library
  }

  private func faultLog(_ program: String) -> String { path("\(program).faults") }

  /// Whether the fault asked for last has happened.
  var faultHappened: Bool { faultHappened(of: "program") }
  /// The same of one of several programs.
  func faultHappened(of program: String) -> Bool {
    FileManager.default.fileExists(atPath: faultLog(program))
  }

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
