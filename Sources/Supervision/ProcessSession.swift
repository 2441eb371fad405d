import Console
import Foundation

/// A program and all that it starts, in a session of their own so that all can be found and ended.
///
/// Open MPI gives every rank a process group of its own, MPICH a session. So a variable in their
/// environment marks them too. The session's number cannot be given to others before `finish` has
/// collected the leader.
struct ProcessSession {
  /// The leader's process id, which is the session's number too.
  let leader: pid_t

  private let mark: String

  /// The variable that marks the processes of a job.
  private static let variable = "HTNET_JOB"

  /// POSIX_SPAWN_SETSID, which Swift's Glibc module hides.
  private static let newSession: Int16 = 0x80

  /// Starts a program that is found by `PATH`, with the environment and output of this process.
  ///
  /// - Parameters:
  ///   - mark: What no other process of this host has in its environment.
  ///   - variables: More for its environment.
  /// - Throws: `SpawnError` if it cannot be started.
  init(_ command: [String], mark: String, variables more: [String: String] = [:]) throws {
    self.mark = "\(Self.variable)=\(mark)"
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(
      &attributes, Self.newSession | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // What this process ignores, its children would ignore too.
    var handled = none
    for signal in StopSignal.numbers { sigaddset(&handled, signal) }
    posix_spawnattr_setsigdefault(&attributes, &handled)
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    let variables = ProcessInfo.processInfo.environment.merging(more) { $1 }
      .merging([Self.variable: mark]) { $1 }
    var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + settings { free(pointer) } }
    var leader: pid_t = 0
    let code = posix_spawnp(&leader, command[0], &files, &attributes, &arguments, &settings)
    guard code == 0 else { throw SpawnError(program: command[0], code: code) }
    self.leader = leader
  }

  /// Why a program cannot be started.
  struct SpawnError: Error, CustomStringConvertible {
    let program: String
    let code: Int32
    var description: String {
      "\(program) cannot be started: \(String(cString: strerror(code))); is it on the PATH?"
    }
  }

  /// Whether the leader has ended; it is not collected yet.
  var leaderHasEnded: Bool {
    var information = siginfo_t()
    information.si_signo = 0
    let code = waitid(P_PID, id_t(leader), &information, WEXITED | WNOHANG | WNOWAIT)
    return code != 0 || information.si_signo != 0
  }

  /// Processes of the session, and those with the mark, that are alive; a zombie is not.
  var members: [pid_t] {
    living.filter { $0.session == "\(leader)" || isMarked($0.pid) }.map(\.pid)
  }

  /// Whether no other process of the session is alive.
  var leaderIsAlone: Bool { !living.contains { $0.session == "\(leader)" && $0.pid != leader } }

  /// This host's processes but for zombies, and their sessions.
  private var living: [(pid: pid_t, session: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.compactMap { pid in
      // pid (name) state parent group session …; the name may hold anything.
      guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
        let end = data.lastIndex(of: UInt8(ascii: ")"))
      else { return nil }
      let fields = data[(end + 1)...].split(separator: UInt8(ascii: " ")).prefix(4).map {
        String(decoding: $0, as: UTF8.self)
      }
      return fields.count == 4 && fields[0] != "Z" ? (pid, fields[3]) : nil
    }
  }

  private func isMarked(_ pid: pid_t) -> Bool {
    let variables = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
    return variables.split(separator: 0).contains { $0.elementsEqual(mark.utf8) }
  }

  /// Sends a signal to the leader.
  func signalLeader(_ number: Int32) { kill(leader, number) }

  /// Ends every process of the session at once.
  func killAll() { for pid in members { kill(pid, SIGKILL) } }

  /// Waits until the session is empty, ending what is left after `seconds`, and collects
  /// the leader.
  ///
  /// - Parameter leftovers: Told of the processes that had to be ended.
  /// - Returns: The leader's exit status; 128 and the signal's number if one ended it.
  func finish(within seconds: Double, leftovers: ([pid_t]) -> Void) -> Int32 {
    let start = DispatchTime.now().uptimeNanoseconds
    var told = false
    while case let left = members, !left.isEmpty {
      if Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 >= seconds {
        if !told { leftovers(left) }
        told = true
        // SIGKILL ends stopped processes too.
        for pid in left { kill(pid, SIGKILL) }
      }
      usleep(50_000)
    }
    var status: Int32 = 0
    while waitpid(leader, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }
}
