import Foundation
import Synchronization
import TestSupport
import XCTest

/// The processes of a session, found by its number, and those that MPICH gave sessions of their own.
enum SessionProcesses {
  /// `NAME=value` in the environment of all that a session's leader has started.
  private static let marks = Mutex<[pid_t: String]>([:])

  static func mark(_ session: pid_t, _ variable: String) {
    marks.withLock { $0[session] = variable }
  }

  private static func variables(of process: pid_t) -> [Data] {
    (FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()).split(separator: 0)
  }

  /// Those that run or are stopped, by id, with their names; a zombie does neither.
  static func running(in session: pid_t) -> [pid_t: String] {
    var members: [pid_t: String] = [:]
    let mark = marks.withLock { $0[session] }.map { Data($0.utf8) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for process in names.compactMap({ pid_t($0) }) {
      // "id (name) state parent group session …"; the name may hold anything.
      let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
      let line = String(decoding: bytes, as: UTF8.self)
      guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")") else {
        continue
      }
      let fields = line[line.index(after: close)...].split(separator: " ")
      guard fields.count > 3, fields[0] != "Z", fields[0] != "X" else { continue }
      guard fields[3] == "\(session)" || mark.map(variables(of: process).contains) == true else {
        continue
      }
      members[process] = String(line[line.index(after: open)..<close])
    }
    return members
  }

  /// The process of one of mpirun's ranks.
  static func rank(_ number: Int, in session: pid_t) throws -> pid_t {
    let variable = Data("\(Mpirun.rankVariable)=\(number)".utf8)
    let process = running(in: session).first { process, name in
      name == "htnet" && variables(of: process).contains(variable)
    }
    return try XCTUnwrap(process, "rank \(number)").key
  }

  /// Waits, for a minute at most, until a session has no processes but these; gives the others.
  static func left(in session: pid_t, besides expected: Set<pid_t> = []) -> [pid_t: String] {
    let start = DispatchTime.now().uptimeNanoseconds
    while true {
      let left = running(in: session).filter { !expected.contains($0.key) }
      if left.isEmpty || DispatchTime.now().uptimeNanoseconds - start > 60_000_000_000 {
        return left
      }
      usleep(10_000)
    }
  }
}
