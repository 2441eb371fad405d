import Tasks

extension LedgerRecord.JobStarted {
  /// Names of the splits that the run trains on, in the order of its tasks.
  public var splits: [String] {
    var seen: Set<String> = []
    return tasks.map(\.split).filter { seen.insert($0).inserted }
  }

  /// The run's settings, of a ledger of any age.
  public var allSettings: [LedgerRecord.Setting] {
    settings ?? [.init(key: nil, name: "", values: [], dataSHA256: dataSHA256)]
  }

  /// The digest of a task's data.
  public func dataSHA256(of task: TaskKey) -> String {
    allSettings.first { $0.key == task.setting }?.dataSHA256 ?? dataSHA256
  }

  /// A task as people tell it from the run's others: of a study with its setting, the run's own too, and of several
  /// seeds with its seed. `sub03`; `sub03 (dim=24, seed 2, inner 1)`.
  public func name(of task: TaskKey) -> String {
    let setting = allSettings.first { $0.key == task.setting }?.name ?? task.setting ?? ""
    let isOfSeveral = (seeds?.count ?? 1) > 1
    return TaskKey(
      setting: setting.isEmpty ? nil : setting, seed: isOfSeveral ? task.seed ?? seed : task.seed,
      split: task.split, inner: task.inner
    ).description
  }

  /// What tasks of these call each seed; nil: the run's own, and the only one of older ledgers.
  public var allSeeds: [UInt64?] { seeds?.map { $0 == seed ? nil : $0 } ?? [nil] }

  /// Stands among persons where weights do not say, or not all, whose clips they have seen.
  public static let unknownPersons = "unknown"

  /// The one split of the run that a person on the command line means: by its name, or by
  /// `dataset/subject`.
  ///
  /// - Returns: nil if there is none, or more than one.
  public func split(named text: String) -> String? {
    if splits.contains(text) { return text }
    let meant = Set(clips.filter { $0.dataset + "/" + $0.subject == text }.map(\.fold))
      .filter(splits.contains)
    return meant.count == 1 ? meant.first : nil
  }

  /// Whose clips the weights of a split have seen, `dataset/subject`: those that it trained on, and those
  /// of the weights that it started from.
  public func persons(seenBy split: String) -> Set<String> {
    let trained = clips.filter { $0.fold != split }.map { $0.dataset + "/" + $0.subject }
    let start = initialWeightsSHA256 == nil ? [] : initialWeightsPersons ?? [Self.unknownPersons]
    return Set(trained + start)
  }
}
