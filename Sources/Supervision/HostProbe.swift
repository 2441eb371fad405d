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

  /// ssh and its options.
  let shell: [String]

  /// Seconds for a host's answer, and for its connection.
  static let (patience, connection) = (10.0, 5)
  /// Hosts that are asked at the same time.
  private static let atOnce = 32
  /// Bytes of what a host's ssh says that are read.
  private static let longest = 4096

  /// In the order of the hosts.
  ///
  /// - Parameter command: For a host's shell.
  func failures(of hosts: [String], _ command: String) -> [Failure] {
    stride(from: 0, to: hosts.count, by: Self.atOnce).flatMap { start in
      failures(of: hosts[start..<min(start + Self.atOnce, hosts.count)], command)
    }
  }

  private func failures(of hosts: ArraySlice<String>, _ command: String) -> [Failure] {
    let asked = hosts.compactMap { host in
      ask(host, command).map { (host: host, process: $0.process, said: $0.said) }
    }
    let start = DispatchTime.now().uptimeNanoseconds
    while asked.contains(where: { $0.process.isRunning }),
      Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 < Self.patience
    {
      usleep(20_000)
    }
    return asked.compactMap { host, process, said in
      guard !process.isRunning else {
        process.terminate()
        return Failure(host: host, status: nil, words: "")
      }
      guard process.terminationStatus != 0 else { return nil }
      return Failure(host: host, status: process.terminationStatus, words: Self.lastLine(of: said))
    }
  }

  /// nil: nothing can be started here.
  private func ask(_ host: String, _ command: String) -> (process: Process, said: Pipe)? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // Nobody is there to answer a question.
    process.arguments =
      shell + ["-o", "BatchMode=yes", "-o", "ConnectTimeout=\(Self.connection)", host, command]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let said = Pipe()
    process.standardError = said
    guard (try? process.run()) != nil else { return nil }
    return (process, said)
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
