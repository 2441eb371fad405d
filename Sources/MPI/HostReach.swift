import Console
import Foundation

/// Makes sure that hosts can reach one another, before anything waits for all ranks at once.
///
/// Such a wait would only say that somebody is missing. Here rank 0 learns each rank's host from a message
/// of that rank alone, and the first ranks of the hosts send one another a word.
struct HostReach {
  let world: Communicator

  /// Seconds after which a host that was not heard from is named, and after which the job is given up.
  private static let (patience, deadline) = (10.0, 60.0)
  /// With how many other hosts each tries, so that a large job does not open too many connections.
  private static let most = 32
  private static let (nameTag, listTag, wordTag, heardTag) = (90, 91, 92, 93)

  /// - Throws: `MPIError.unreachable`.
  func check() throws {
    guard world.size > 1 else { return }
    let hosts = try names()
    let first = Dictionary(
      hosts.enumerated().map { ($1, $0) }, uniquingKeysWith: { earlier, _ in earlier })
    let leaders = first.values.sorted()
    guard let place = leaders.firstIndex(of: world.rank), leaders.count > 1 else { return }
    let count = leaders.count
    // Each with the rank at its other end, since the two of a step go to different hosts.
    let words: [(rank: Int, request: Request)] = try (1...min(Self.most, count - 1)).flatMap {
      step in
      let (to, from) = (leaders[(place + step) % count], leaders[(place + count - step) % count])
      let received = try world.startReceive(
        MessageBytes(count: 1).memory, from: from, tag: Self.wordTag)
      let sent = try world.startSend(MessageBytes([1]).memory, to: to, tag: Self.wordTag)
      return [(from, received), (to, sent)]
    }
    try wait {
      let missing = try words.filter { try !$0.request.test() }.map(\.rank)
      return Set(missing).sorted().map { hosts[$0] }
    }
  }

  /// Every rank's host, in order of rank.
  private func names() throws -> [String] {
    guard world.rank == 0 else {
      let rankZero = "rank 0's host"
      let sent = try world.startSend(
        MessageBytes(Array(Place.host.utf8)).memory, to: 0, tag: Self.nameTag)
      try wait {
        try sent.test() && world.probe(from: 0, tag: Self.heardTag) != nil ? [] : [rankZero]
      }
      _ = try world.receive(from: 0, tag: Self.heardTag)
      // Rank 0, which can be reached, may wait for others meanwhile. Until it has given them up it names them.
      try wait(after: Self.deadline) {
        try world.probe(from: 0, tag: Self.listTag) != nil ? [] : [rankZero]
      }
      let list = try world.receive(from: 0, tag: Self.listTag)
      return String(decoding: list, as: UTF8.self).components(separatedBy: "\n")
    }
    var hosts: [Int: String] = [0: Place.host]
    try wait {
      while let message = try world.probe(tag: Self.nameTag) {
        hosts[message.rank] = String(
          decoding: try world.receive(from: message.rank, tag: Self.nameTag), as: UTF8.self)
        try world.post([1], to: message.rank, tag: Self.heardTag)
      }
      return (0..<world.size).filter { hosts[$0] == nil }.prefix(4).map { "the host of rank \($0)" }
    }
    let names = (0..<world.size).compactMap { hosts[$0] }
    let list = Array(names.joined(separator: "\n").utf8)
    for rank in 1..<world.size { try world.send(list, to: rank, tag: Self.listTag) }
    return names
  }

  /// Polls until nobody is missing.
  ///
  /// - Parameter earlier: Seconds in which others say who is missing.
  private func wait(after earlier: Double = 0, _ missing: () throws -> [String]) throws {
    let deadline = earlier + Self.deadline
    var time = WaitingTime()
    var isSaid = false
    while true {
      let hosts = try missing()
      if hosts.isEmpty { return }
      usleep(1000)
      time.look()
      if time.seconds > deadline {
        throw MPIError.unreachable(from: Place.host, hosts: hosts, seconds: time.seconds)
      }
      if time.seconds > earlier + Self.patience, !isSaid {
        isSaid = true
        logger.warning(
          """
          \(Place.host) has not heard from \(hosts.joined(separator: ", ")) for \(Int(time.seconds)) s; \
          the job ends if that lasts for \(Int(deadline)) s
          """)
      }
    }
  }
}
