import Configuration
import RunStore

extension RunOpening {
  /// Whether a plan has settings or seeds that the run had not.
  ///
  /// - Throws: `RunError` if it lacks one that the run had: a run grows only.
  static func growth(_ plan: RunPlan, _ earlier: RunConfiguration, path: String) throws -> Bool {
    let mine = plan.configuration
    if let seed = earlier.seeds.first(where: { !mine.seeds.contains($0) }) {
      throw RunError(
        path,
        "holds a run with the seed \(seed), which training.seeds lacks here: a run may get more seeds, "
          + "never fewer; add it, or name another directory with --run")
    }
    let there = try earlier.settings()
    let here = plan.settings.map(\.setting)
    for setting in there where setting.sameAs == nil {
      let name = setting.name.isEmpty ? "its own configuration" : "the setting \(setting.name)"
      let equal = here.first {
        $0.configuration.differences(from: setting.configuration).isEmpty
      }
      if let equal, equal.key != setting.key || equal.sameAs != nil {
        // Its name could not be kept (`RunConfiguration.keepingNames`).
        throw RunError(
          path,
          "holds a run whose setting \(setting.name) is \(equal.name) in the study here, where two "
            + "settings would have the name \(setting.name): call this one as the run does, and no other, "
            + "or name another directory with --run")
      }
      guard let same = here.first(where: { $0.key == setting.key }) else {
        throw RunError(
          path,
          "holds a run of \(name), which the study does not train here: a run may get more settings, "
            + "never fewer; add it"
            + (setting.key == nil ? " (a setting with the values that the run was begun with)" : "")
            + ", or name another directory with --run")
      }
      let differences = same.configuration.differences(from: setting.configuration)
      guard let first = differences.first else { continue }
      throw RunError(
        path,
        "holds a run whose setting \(setting.name) has \(first.key) \(first.other), not "
          + "\(first.mine): give the new setting another name, or name another directory with --run"
      )
    }
    return mine.seeds != earlier.seeds || mine.study != earlier.study
  }
}
