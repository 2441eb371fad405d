import Foundation
import Wording

/// Asks hosts, by the ssh that mpirun starts its daemons by, which of them cannot do something.
struct HostProbe {
  /// A host that cannot.
  struct Failure {
    let host: String
    /// ssh's status, or the command's; nil: it did not end in time.
    let status: Int32?
    /// The last line of what it said; may be empty.
    let words: String
  }

  /// What asking has found.
  struct Answers {
    /// In the order of the hosts.
    var failures: [Failure] = []
    /// Hosts that could not be asked, or had not answered yet, when the time for all was over or a stop was asked for.
    var unknown = 0
  }

  /// A host that is asked now.
  private struct Question {
    /// Among the hosts.
    let place: Int
    let process: Process
    let said: Pipe
    let start = DispatchTime.now().uptimeNanoseconds
  }

  /// ssh and its options.
  let shell: [String]

  /// Seconds for a host's answer, and for its connection.
  static let (patience, connection) = (10.0, 5)
  /// Seconds for all hosts.
  private static let time = 20.0
  /// Hosts that are asked at the same time.
  private static let atOnce = 32
  /// Bytes of what a host's ssh says that are read.
  private static let longest = 4096

  /// - Parameters:
  ///   - command: For a host's shell.
  ///   - isStopped: Whether nobody waits for the answers any more.
  func answers(of hosts: [String], _ command: String, isStopped: () -> Bool) -> Answers {
    let start = DispatchTime.now().uptimeNanoseconds
    var failures: [Int: Failure] = [:]
    var asked: [Question] = []
    var (next, unasked) = (0, 0)
    while next < hosts.count || !asked.isEmpty, Self.seconds(since: start) < Self.time, !isStopped()
    {
      while next < hosts.count, asked.count < Self.atOnce {
        if let question = ask(hosts, next, command) {
          asked.append(question)
        } else {
          unasked += 1
        }
        next += 1
      }
      asked.removeAll { question in
        let isOver = !question.process.isRunning
        guard isOver || Self.seconds(since: question.start) >= Self.patience else { return false }
        let status = isOver ? question.process.terminationStatus : nil
        if !isOver { question.process.terminate() }
        if status != 0 {
          failures[question.place] = Failure(
            host: hosts[question.place], status: status,
            words: isOver ? Self.lastLine(of: question.said) : "")
        }
        return true
      }
      usleep(20_000)
    }
    for question in asked { question.process.terminate() }
    return Answers(
      failures: failures.sorted { $0.key < $1.key }.map(\.value),
      unknown: unasked + asked.count + hosts.count - next)
  }

  private static func seconds(since start: UInt64) -> Double {
    Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
  }

  /// nil: nothing can be started here.
  private func ask(_ hosts: [String], _ place: Int, _ command: String) -> Question? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // Nobody is there to answer a question, and no host's name is an option.
    process.arguments =
      shell + ["-o", "BatchMode=yes", "-o", "ConnectTimeout=\(Self.connection)"]
      + ["--", hosts[place], command]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let said = Pipe()
    process.standardError = said
    guard (try? process.run()) != nil else { return nil }
    return Question(place: place, process: process, said: said)
  }

  private static func lastLine(of said: Pipe) -> String {
    let file = said.fileHandleForReading.fileDescriptor
    // What ssh leaves behind for its next connection may hold the other end.
    _ = fcntl(file, F_SETFL, O_NONBLOCK)
    var bytes = [UInt8](repeating: 0, count: longest)
    let count = read(file, &bytes, longest)
    let lines = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
    return lines.last.map { String($0).trimmingCharacters(in: .whitespaces).visible } ?? ""
  }
}
