import Datasets
import Evaluation
import Training

extension RunConfiguration {
  /// Keys that change nothing as the others are, and what they would need.
  private var inertKeys: [(key: String, needs: String)] {
    func unless(_ isUsed: Bool, _ needs: String, _ keys: [String]) -> [(key: String, needs: String)]
    {
      isUsed ? [] : keys.map { ($0, needs) }
    }
    return unless(
      data.regions != .whole, "data.regions published or corrected", ["data.landmarks"])
      + unless(
        training.optimizer == .adam || training.weightDecay > 0, "training.weight_decay",
        ["training.optimizer"])
      + unless(
        training.optimizer == .adamw && training.weightDecay > 0, "training.weight_decay",
        ["training.no_decay"])
      + inertScheduleKeys
      + unless(
        training.earlyEndEpochs > 0, "training.early_end_epochs", ["training.early_end_delta"])
      + unless(
        augmentation.mirror > 0, "augmentation.mirror", ["augmentation.horizontal_channel"])
      + unless(
        augmentation.mirror > 0 || augmentation.motion > 0,
        "augmentation.mirror or augmentation.motion", ["augmentation.still"])
      + unless(
        evaluation.protocols.contains(where: \.needsInnerTrainings),
        "\(EvaluationProtocol.withInnerTrainings) among evaluation.protocols",
        ["evaluation.nested.splits", "evaluation.nested.subjects", "evaluation.nested.refit"])
      + unless(splits.by == .groups, "splits.by groups", ["splits.groups", "splits.seed"])
  }

  /// The same of the step size's schedule.
  private var inertScheduleKeys: [(key: String, needs: String)] {
    let steps = ["training.step_epochs", "training.step_factor"]
    func without(_ needs: String, _ keys: [String]) -> [(key: String, needs: String)] {
      keys.map { ($0, needs) }
    }
    let noFloor = without("training.schedule cosine", ["training.schedule_floor"])
    switch training.schedule {
    case .constant: return noFloor + without("training.schedule step", steps)
    case .cosine:
      return without("training.schedule step", steps)
        + (training.scheduleFloor < 1
          ? []
          : without("training.schedule_floor below 1", ["training.schedule"])
            + without("a value below 1", ["training.schedule_floor"]))
    case .step where training.stepEpochs >= training.epochs:
      return noFloor
        + without(
          "training.step_epochs below training.epochs", ["training.schedule", steps[1]])
        + without("a value below training.epochs", [steps[0]])
    case .step where training.stepFactor == 1:
      return noFloor
        + without("training.step_factor below 1", ["training.schedule", steps[0]])
        + without("a value below 1", [steps[1]])
    case .step: return noFloor
    }
  }

  /// A line for each key that was given and changes nothing in any setting that is trained.
  ///
  /// - Parameters:
  ///   - places: Where keys were given.
  ///   - settings: The run's.
  static func inertNotices(_ places: [String: String], _ settings: [Setting]) -> [String] {
    let trained = settings.filter { $0.sameAs == nil }.map(\.configuration)
    guard let first = trained.first else { return [] }
    let others = trained.dropFirst()
    let keys = others.map { Set($0.inertKeys.map(\.key)) }
    return first.inertKeys.compactMap { key, needs in
      guard keys.allSatisfy({ $0.contains(key) }) else { return nil }
      return places[key].map { "note: \($0): \(key) changes nothing without \(needs)" }
    }
      + first.model.inertParts.compactMap { part in
        guard case .key(let name) = part.kind, let place = places["model." + name],
          others.allSatisfy({ $0.model.inertParts.contains { $0.kind == part.kind } })
        else { return nil }
        return "note: \(place): \(part.reason)"
      }
  }

  /// The key that two configurations differ in and that cannot change a bit of their trainings; nil:
  /// they are trained apart.
  func inertDifference(from other: RunConfiguration) -> String? {
    func reset(_ configuration: RunConfiguration) -> RunConfiguration {
      var reset = configuration
      for (key, _) in configuration.inertKeys { Self.key(key)?.copy(from: Self(), to: &reset) }
      // It is a set.
      reset.training.noDecay.sort { $0.rawValue < $1.rawValue }
      return reset
    }
    var (mine, theirs) = (reset(self), reset(other))
    let differences = Set(differences(from: other).map(\.key))
    let key = ((inertKeys + other.inertKeys).map(\.key) + ["training.no_decay"])
      .first(where: differences.contains)
    if mine == theirs { return key }
    // Heads of one token matter by their width alone.
    func hasInertHeads(_ configuration: RunConfiguration) -> Bool {
      configuration.model.inertParts.contains { $0.kind == .key("heads") }
    }
    let widths = { (configuration: RunConfiguration) in
      (0..<configuration.model.hierarchies).map { configuration.model.innerDim(level: $0) }
    }
    guard hasInertHeads(mine), hasInertHeads(theirs), widths(mine) == widths(theirs) else {
      return nil
    }
    (mine.model.heads, theirs.model.heads) = (1, 1)
    return mine == theirs ? "model.heads" : nil
  }
}
