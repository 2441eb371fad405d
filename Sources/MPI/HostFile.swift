import Files
import Foundation

/// What a host file is not.
public struct HostFileError: Error, CustomStringConvertible, Equatable {
  public let file: String
  /// From 1; nil: the whole file.
  public let line: Int?
  public let reason: String
  public var description: String { file + (line.map { ":\($0)" } ?? "") + ": " + reason }
}

/// The hosts of a job and how many ranks each runs, as mpirun reads them: `node1 slots=2` (Open MPI) or
/// `node1:2` (MPICH); a bare name runs one.
public struct HostFile: Sendable {
  public let path: String
  /// In the order of the file; a host that is named twice has the slots of both lines.
  public let hosts: [(name: String, slots: Int)]

  /// - Throws: `HostFileError`; `FileError` if it cannot be read.
  public init(_ path: String) throws {
    guard let data = try AtomicFile.read(path) else {
      throw HostFileError(file: path, line: nil, reason: "there is no such file")
    }
    var hosts: [(name: String, slots: Int)] = []
    let lines = String(decoding: data, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let first = words.first else { continue }
      let parts = first.split(separator: ":", omittingEmptySubsequences: false)
      let options = words.dropFirst().filter {
        !$0.hasPrefix("max_slots=") && !$0.hasPrefix("max-slots=")
      }
      let option = options.first { $0.hasPrefix("slots=") }?.dropFirst("slots=".count)
      let slots = option ?? (parts.count > 1 ? parts[1] : "1")
      // A word that is passed over could be a mistyped slots=.
      guard options.count == (option == nil ? 0 : 1), !parts[0].isEmpty, parts.count <= 2,
        let slots = Int(slots), (1...100_000).contains(slots)
      else {
        throw HostFileError(
          file: path, line: number + 1,
          reason: "\"\(line)\" is neither of the form node1 slots=2 nor node1:2")
      }
      if let place = hosts.firstIndex(where: { $0.name == parts[0] }) {
        hosts[place].slots += slots
      } else {
        hosts.append((String(parts[0]), slots))
      }
    }
    guard !hosts.isEmpty else {
      throw HostFileError(file: path, line: nil, reason: "names no host")
    }
    self.path = path
    self.hosts = hosts
  }

  public var slots: Int { hosts.reduce(0) { $0 + $1.slots } }
  /// The most ranks that one host runs.
  public var mostSlots: Int { hosts.map(\.slots).max() ?? 0 }
}
