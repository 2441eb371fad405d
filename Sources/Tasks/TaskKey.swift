/// What names a piece of work that is leased as a whole: one training of a run.
///
/// A run trains its settings with its seeds on its splits. Its own setting and seed, which most runs have
/// alone, are nil, so that names grow only where there is more than one. To choose an epoch without the
/// test subject, a split may be trained again with some of its training subjects held out.
public struct TaskKey: Hashable, Sendable, Codable {
  /// The setting's name; nil: the run's own configuration.
  public var setting: String?
  /// nil: the configuration's own `training.seed`.
  public var seed: UInt64?
  /// The split's name: who is left out, and tested.
  public var split: String
  /// The number of the inner training, from 1; nil: the split's own, on all training subjects.
  public var inner: Int?

  public init(setting: String? = nil, seed: UInt64? = nil, split: String, inner: Int? = nil) {
    self.setting = setting
    self.seed = seed
    self.split = split
    self.inner = inner
  }

  /// What `RUN:setting=NAME:seed=N:protocol=NAME` can name of a run; no setting's name holds such a word.
  public static let partsOfRuns = ["setting", "seed", "protocol"]

  /// The fold that an inner training belongs to.
  public var outer: TaskKey { TaskKey(setting: setting, seed: seed, split: split) }
}

extension TaskKey: CustomStringConvertible {
  /// `sub03`; `sub03 (dim=24, seed 2, inner 1)`.
  public var description: String {
    let others = [setting, seed.map { "seed \($0)" }, inner.map { "inner \($0)" }].compactMap { $0 }
    return others.isEmpty ? split : "\(split) (\(others.joined(separator: ", ")))"
  }
}

extension Sequence<TaskKey> {
  /// The first `limit` of them for a sentence.
  ///
  /// - Parameter name: What each is called.
  public func named(limit: Int = .max, _ name: (TaskKey) -> String = \.description) -> String {
    let names = map(name)
    return names.prefix(limit).joined(separator: ", ") + (names.count > limit ? ", …" : "")
  }
}
