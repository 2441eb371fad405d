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
      training.optimizer == .adamw && training.weightDecay > 0, "training.weight_decay",
      ["training.no_decay"])
      + unless(
        training.schedule == .cosine, "training.schedule cosine", ["training.schedule_floor"])
      + unless(
        training.schedule == .step, "training.schedule step",
        ["training.step_epochs", "training.step_factor"])
      + unless(
        training.earlyEndEpochs > 0, "training.early_end_epochs", ["training.early_end_delta"])
      + unless(
        augmentation.mirror > 0, "augmentation.mirror", ["augmentation.horizontal_channel"])
      + unless(
        augmentation.mirror > 0 || augmentation.motion > 0,
        "augmentation.mirror or augmentation.motion", ["augmentation.still"])
      + unless(
        evaluation.protocols.contains(where: \.needsInnerTrainings),
        "nested among evaluation.protocols",
        ["evaluation.nested.splits", "evaluation.nested.subjects", "evaluation.nested.refit"])
      + unless(splits.by == .groups, "splits.by groups", ["splits.groups", "splits.seed"])
  }

  /// A line for each key that was given and changes nothing.
  ///
  /// - Parameter places: Where keys were given.
  func inertNotices(_ places: [String: String]) -> [String] {
    inertKeys.compactMap { key, needs in
      places[key].map { "note: \($0): \(key) changes nothing without \(needs)" }
    }
      + model.inertParts.compactMap { part in
        guard case .key(let name) = part.kind, let place = places["model." + name] else {
          return nil
        }
        return "note: \(place): \(part.reason)"
      }
  }

  /// The key that two configurations differ in and that cannot change a bit of their trainings; nil:
  /// they are trained apart.
  func inertDifference(from other: RunConfiguration) -> String? {
    func reset(_ configuration: RunConfiguration) -> RunConfiguration {
      var reset = configuration
      for (key, _) in configuration.inertKeys { Self.key(key)?.copy(from: Self(), to: &reset) }
      return reset
    }
    var (mine, theirs) = (reset(self), reset(other))
    let key = inertKeys.map(\.key).first { key in
      differences(from: other).contains { $0.key == key }
    }
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
