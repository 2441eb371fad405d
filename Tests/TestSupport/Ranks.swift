import Foundation
import XCTest

/// Tests that run on several ranks: a bundle starts itself under mpirun.
public enum Ranks {
  /// There is no mpirun where there must be one.
  public struct NoMpirun: Error, CustomStringConvertible {
    public let description =
      "there is no mpirun on the PATH, and with CI set tests of ranks must run: "
      + "scripts/install-dependencies installs it"
  }

  public struct Ended {
    /// As a shell has it.
    public let status: Int32
    /// What all ranks have written.
    public let output: String

    /// How many ranks have passed the test.
    public var passed: Int {
      // Once for the test, and once for all.
      (output.components(separatedBy: "Executed 1 test, with 0 failures").count - 1) / 2
    }
  }

  /// Where mpirun is.
  ///
  /// - Throws: `XCTSkip` if it is not on the PATH; where CI is set, `NoMpirun`, which is a failure.
  @discardableResult
  public static func mpirun(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> String {
    if let path = Mpirun.path(environment) { return path }
    if let value = environment["CI"], !["", "0", "false"].contains(value) { throw NoMpirun() }
    throw XCTSkip("there is no mpirun on this machine, so this test of ranks did not run")
  }

  /// Runs one test of this bundle on every rank of mpirun.
  ///
  /// - Parameters:
  ///   - test: As XCTest names it: `Bundle.Class/method`.
  ///   - environment: By which the test knows that it is a rank.
  ///   - timeout: Seconds after which mpirun is ended.
  /// - Throws: As `mpirun`.
  public static func run(
    _ test: String, ranks: Int, environment: [String: String], timeout: Double = 120
  ) throws -> Ended {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try mpirun())
    process.arguments = Mpirun.crowded + ["-n", "\(ranks)", CommandLine.arguments[0], test]
    process.environment = ProcessInfo.processInfo.environment.merging(Mpirun.environment) { $1 }
      .merging(environment) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let watchdog = DispatchWorkItem { process.terminate() }
    DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: watchdog)
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    watchdog.cancel()
    return Ended(status: process.terminationStatus, output: text)
  }
}
