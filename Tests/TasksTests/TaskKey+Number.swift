import Tasks

extension TaskKey {
  /// A task that is no more than a number.
  init(_ number: Int) { self.init(split: "\(number)") }
}

extension RankGroup {
  /// So many groups of one rank.
  static func alone(_ count: Int) -> [RankGroup] {
    (0..<count).map { RankGroup(number: $0, ranks: [$0]) }
  }
}
