import Foundation

/// A program that a test has started, in a session of its own.
///
/// All that it starts inherits the session or, where MPICH begins new ones, a variable, so that
/// everything can be found and ended by process id, and nothing else.
final class ChildProcess {
  struct Failure: Error, CustomStringConvertible { let description: String }

  /// glibc's POSIX_SPAWN_SETSID, which Swift's import leaves out.
  private static let newSession: Int16 = 0x80

  private static let variable = "HTNET_TEST_PROGRAM"

  let identifier: pid_t
  private let command: String
  private let outputPath: String
  private let errorPath: String
  private var status: Int32?

  /// - Parameters:
  ///   - command: Program and arguments; the program is looked for in PATH.
  ///   - environment: Added to this process's own.
  ///   - files: Where its output is kept; the path's end is changed.
  init(
    _ command: [String], environment: [String: String], directory: String, files: String
  ) throws {
    self.command = command.joined(separator: " ")
    outputPath = files + ".out"
    errorPath = files + ".err"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A test started in the background of a shell would pass on that SIGINT is ignored.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGINT, SIGTERM, SIGUSR1, SIGPIPE] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Self.newSession)
    let mark = UUID().uuidString
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .merging([Self.variable: mark]) { $1 }
    // Swift's import of posix_spawn cannot change the directory.
    let command = ["env", "-C", directory] + command
    var arguments = command.map { strdup($0) } + [nil]
    var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + settings { free(pointer) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, command[0], &actions, &attributes, &arguments, &settings)
    guard code == 0 else {
      throw Failure(description: "cannot start \(command[0]): \(String(cString: strerror(code)))")
    }
    identifier = child
    SessionProcesses.mark(child, "\(Self.variable)=\(mark)")
  }

  /// What it has written so far.
  var output: String { Self.text(outputPath) }
  /// Log lines without their stamps, which differ from run to run.
  var errors: String { Self.unstamped(stampedErrors) }
  var stampedErrors: String { Self.text(errorPath) }

  /// `2026-11-27 13:40:02 htnet[1@node3]: text` as it is on a terminal, `htnet: text`.
  private static func unstamped(_ text: String) -> String {
    let stamp = #/^[0-9]{4}-[0-9-]{5} [0-9:]{8} htnet(\[[0-9]+@[^\]\n]+\])?: /#
    return text.replacing(stamp.anchorsMatchLineEndings(), with: "htnet: ")
  }

  private static func text(_ path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Its exit status as a shell has it, 128 + the signal that killed it; nil while it runs.
  func poll() -> Int32? {
    if status == nil {
      var word: Int32 = 0
      if waitpid(identifier, &word, WNOHANG) == identifier {
        status = word & 0x7F == 0 ? word >> 8 & 0xFF : 128 + word & 0x7F
      }
    }
    return status
  }

  /// Waits for its end.
  ///
  /// - Throws: `Failure` after `timeout` seconds; everything it started is killed then.
  func wait(timeout: Double = 180) throws -> Int32 {
    try waitUntil("the end of", timeout: timeout) { poll() != nil }
    return status ?? -1
  }

  /// Waits until `condition` holds, or the program has ended.
  func waitUntil(_ what: String, timeout: Double = 180, _ condition: () throws -> Bool) throws {
    let start = DispatchTime.now().uptimeNanoseconds
    while try !condition() && poll() == nil {
      guard Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 < timeout else {
        end()
        throw Failure(
          description: "waited \(timeout) s for \(what) `\(command)`:\n\(output)\n\(errors)")
      }
      usleep(3000)
    }
  }

  func signal(_ number: Int32) { if poll() == nil { kill(identifier, number) } }

  /// The running processes of its session, by id, with their names.
  var members: [pid_t: String] { SessionProcesses.running(in: identifier) }

  /// Ends everything that it started and that still runs.
  func end() {
    var running = Array(members.keys)
    while !running.isEmpty {
      for process in running { kill(process, SIGKILL) }
      usleep(2000)
      _ = poll()
      running = Array(members.keys)
    }
    while poll() == nil { usleep(1000) }
  }
}
