import Foundation

/// What a test's body says when it ends the process, found by running the test again in a child.
///
/// The child is this test bundle with the test as its only one, so that `body` may do what must not
/// be done: it runs in the child alone.
///
/// - Parameters:
///   - test: The test that calls this, as `name` of XCTestCase gives it: `Class.method`.
///   - module: The test's module.
/// - Returns: The child's last words after `Fatal error: `, and the signal that ended it; nil in the
///   child, whose `body` came back.
/// - Throws: A message, if the child does not end within a minute.
public func lastWords(of test: String, in module: String, _ body: () -> Void) throws -> (
  message: String, signal: Int32
)? {
  let mark = "HTNET_LAST_WORDS"
  guard ProcessInfo.processInfo.environment[mark] != test else {
    body()
    return nil
  }
  let parts = test.split(separator: ".")
  let child = Process()
  child.executableURL = URL(
    fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  child.arguments = ["\(module).\(parts[0])/\(parts[1])"]
  child.environment = ProcessInfo.processInfo.environment.merging([
    mark: test, "SWIFT_BACKTRACE": "enable=no",
  ]) { $1 }
  let errors = Pipe()
  child.standardOutput = FileHandle.nullDevice
  child.standardError = errors
  try child.run()
  let deadline = DispatchWorkItem { kill(child.processIdentifier, SIGKILL) }
  DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: deadline)
  let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  child.waitUntilExit()
  deadline.cancel()
  let line = text.split(separator: "\n").last { $0.contains("Fatal error: ") } ?? ""
  let message = line.range(of: "Fatal error: ").map { String(line[$0.upperBound...]) }
  return (message ?? text, child.terminationReason == .uncaughtSignal ? child.terminationStatus : 0)
}
