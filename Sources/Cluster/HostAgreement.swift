import Console
import Digest
import Foundation
import MPI
import RunStore
import Wording

/// What all hosts must have in common before anybody trains: the program, and the run directory.
struct HostAgreement {
  private let world: Communicator
  /// Of each rank.
  private let hosts: [String]

  /// Collective.
  init(_ environment: Environment) throws {
    world = environment.world
    hosts = try world.allGather(text: Place.host)
  }

  /// Why they do not agree, in words for rank 0; nil: they do. Collective, the same on all ranks.
  ///
  /// - Parameter isFirstOfHost: Whether this rank answers for its host.
  func obstacle(_ directory: RunDirectory, isFirstOfHost: Bool) throws -> String? {
    try otherProgram() ?? otherDirectory(directory, isFirstOfHost: isFirstOfHost)
  }

  /// Another build may compute other bits, and speak another language with its peers.
  private func otherProgram() throws -> String? {
    let own = FileManager.default.contents(atPath: "/proc/self/exe").map {
      SHA256.hexadecimal(of: $0)
    }
    let all = try world.allGather(text: own ?? "")
    guard let other = all.indices.first(where: { all[$0] != all[0] }) else { return nil }
    let others = all.indices.filter { all[$0] != all[0] }
    return
      "\(named(others)) \(others.count == 1 ? "runs" : "run") another htnet than rank 0 on \(hosts[0]) "
      + "(SHA-256 \(all[other].prefix(12))… and \(all[0].prefix(12))…): install one build on all hosts"
  }

  private func otherDirectory(_ directory: RunDirectory, isFirstOfHost: Bool) throws -> String? {
    let test = SharedDirectoryTest(directory)
    let token = try world.broadcast(
      message: world.rank == 0 ? try test.leaveToken(host: hosts[0]) : nil)
    let mine = test.look(for: token, rank: world.rank, writes: isFirstOfHost)
    let findings = try world.allGather(mine.numbers).map(SharedDirectoryTest.Finding.init)
    if world.rank == 0 { test.remove(token, ranks: world.size) }
    let strangers = findings.indices.filter { findings[$0] == .other }
    if !strangers.isEmpty {
      return "\(directory.path): is not one directory for all hosts: \(named(strangers)) "
        + "\(strangers.count == 1 ? "does" : "do") not see what rank 0 on \(hosts[0]) writes there; name a "
        + "directory on a file system that all hosts share, by an absolute path, with --run"
    }
    for (rank, finding) in findings.enumerated() {
      guard case .cannotWrite(let code) = finding else { continue }
      return "\(directory.path): rank \(rank) on \(hosts[rank]) cannot write there "
        + "(\(String(cString: strerror(code)))): every host must, since its ranks write checkpoints"
    }
    return nil
  }

  /// `rank 1 on node2, rank 3 on node4 and 2 more`.
  private func named(_ ranks: [Int]) -> String {
    let words = ranks.prefix(4).map { "rank \($0) on \(hosts[$0])" }
    return words.joined(separator: ", ")
      + (ranks.count > words.count ? " and \(ranks.count - words.count) more" : "")
  }
}

extension Communicator {
  /// Bytes of a rank's text.
  private static let longestText = 128

  /// Everyone's text, in order of rank, each cut to 128 bytes. Collective.
  func allGather(text: String) throws -> [String] {
    let bytes = Array(text.utf8.prefix(Self.longestText))
    let padding = [UInt8](repeating: 0, count: Self.longestText - bytes.count)
    return try allGather(bytes + padding).map {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
