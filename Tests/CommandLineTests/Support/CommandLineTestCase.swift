import Foundation
import TestSupport
import XCTest

/// A test that runs the built `htnet`, alone or under mpirun, in a directory of its own.
class CommandLineTestCase: XCTestCase {
  /// A program that has ended.
  struct Ended {
    let status: Int32
    let output: String
    let errors: String
  }

  /// An empty directory, removed after the test.
  private(set) var scratch = ""
  private var children: [ChildProcess] = []
  private var started = 0
  /// Guards both.
  private let lock = NSLock()

  override func setUpWithError() throws {
    scratch = NSTemporaryDirectory() + "htnet-test-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: scratch, withIntermediateDirectories: false)
  }

  override func tearDown() {
    for child in children { child.end() }
    children = []
    // MPI's files may vanish by themselves meanwhile, which makes the first try fail.
    for _ in 0..<100 where FileManager.default.fileExists(atPath: scratch) {
      if (try? FileManager.default.removeItem(atPath: scratch)) == nil { usleep(20_000) }
    }
  }

  /// The directory of the build's products: the test bundle is an executable in it.
  static var products: String { (bundle as NSString).deletingLastPathComponent }

  /// This test bundle.
  static var bundle: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  }

  static var binary: String {
    ProcessInfo.processInfo.environment["HTNET_BINARY"] ?? products + "/htnet"
  }

  /// The reference files of the published model.
  static var fixtures: String {
    ((#filePath as NSString).deletingLastPathComponent as NSString)
      .appendingPathComponent("../../HTNetModelTests/Fixtures")
  }

  // MARK: - Running programs

  /// - Parameter directory: Where the program runs; nil: `scratch`.
  func start(_ command: [String], environment: [String: String] = [:], in directory: String? = nil)
    throws -> ChildProcess
  {
    // Every test of ranks comes by here, those of a supervisor too.
    if command.contains(where: { $0.contains("mpirun") }) { try Ranks.mpirun() }
    // The files and shared memory of MPI, which a killed job leaves behind, go with the test's own.
    let places = ["TMPDIR": scratch, "OMPI_MCA_btl_vader_backing_directory": scratch]
    let number = lock.withLock {
      started += 1
      return started
    }
    let child = try ChildProcess(
      command, environment: environment.merging(places) { $1 },
      directory: directory ?? scratch, files: "\(scratch)/.program-\(number)")
    lock.withLock { children.append(child) }
    return child
  }

  func run(_ command: [String], environment: [String: String] = [:], in directory: String? = nil)
    throws -> Ended
  {
    let child = try start(command, environment: environment, in: directory)
    let status = try child.wait()
    return Ended(status: status, output: child.output, errors: child.errors)
  }

  /// Runs `htnet` alone.
  func htnet(_ arguments: [String]) throws -> Ended { try run([Self.binary] + arguments) }

  /// Runs `htnet` under mpirun.
  func htnet(ranks: Int, _ arguments: [String]) throws -> Ended {
    try run(
      Mpirun.command(ranks: ranks, [Self.binary] + arguments), environment: Mpirun.environment)
  }

  /// Starts `htnet`, alone or under mpirun.
  func startHtnet(ranks: Int? = nil, _ arguments: [String]) throws -> ChildProcess {
    guard let ranks else { return try start([Self.binary] + arguments) }
    return try start(
      Mpirun.command(ranks: ranks, [Self.binary] + arguments), environment: Mpirun.environment)
  }

  func assertSuccess(_ ended: Ended, file: StaticString = #filePath, line: UInt = #line) {
    XCTAssertEqual(ended.status, 0, ended.errors, file: file, line: line)
  }

  // MARK: - Files

  func path(_ name: String) -> String { scratch + "/" + name }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    return path(name)
  }

  /// Made-up data in the release's layout.
  func synthesize(_ name: String = "data", subjects: Int = 5, clips: Int = 3, seed: Int = 1) throws
    -> String
  {
    let ended = try htnet([
      "synthesize", "--output", path(name), "--subjects", "\(subjects)", "--clips", "\(clips)",
      "--seed", "\(seed)",
    ])
    XCTAssertEqual(ended.status, 0, ended.errors)
    return path(name)
  }

  /// Every file below a directory with its contents; directories have none.
  func snapshot(of directory: String) -> [String: Data] {
    var files: [String: Data] = [:]
    let names = FileManager.default.enumerator(atPath: directory)
    while let name = names?.nextObject() as? String {
      // Who opened the run last may write its name there, and is not refused for that.
      if (name as NSString).lastPathComponent == "lock" { continue }
      let path = directory + "/" + name
      var status = stat()
      // Reading a pipe would wait for its writer.
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFIFO else {
        files[name] = Data("no file".utf8)
        continue
      }
      files[name] = FileManager.default.contents(atPath: path) ?? Data()
    }
    return files
  }
}
