import Configuration
import Datasets
import HTNetModel
import Wording

/// What a user should know of a study before it is trained.
extension RunPlan {
  /// What the readers of all settings' data noticed, each thing once.
  var dataWarnings: [String] {
    var warnings: [String] = []
    for dataset in settings.map(\.dataset) {
      let lines =
        dataset.warnings + dataset.classWarnings + [dataset.sharedImagesWarning].compactMap { $0 }
      for line in lines where !warnings.contains(line) {
        warnings.append(line)
      }
    }
    return warnings
  }

  /// Which settings are not trained, since another's trainings are the same.
  static func inertNotices(_ settings: [Setting]) -> [String] {
    let twins = settings.compactMap { setting in
      setting.sameAs.map {
        "\(setting.name) is \(settings[$0].name) (by \(setting.inertKey ?? ""))"
      }
    }
    guard !twins.isEmpty else { return [] }
    let heads = settings.first { $0.inertKey == "model.heads" }
    let reason = heads?.configuration.model.inertParts.first { $0.kind == .key("heads") }?.reason
    return [
      "note: \(counted(twins.count, "setting")) of the study cannot differ by a bit from others, and "
        + "\(twins.count == 1 ? "is" : "are") not trained: \(twins.joined(separator: "; "))"
        + (reason.map { "; \($0)" } ?? "")
    ]
  }

  /// What one of the run's tasks is called where they are counted.
  public var unit: String { tasks.count > Set(tasks.map(\.key.split)).count ? "training" : "fold" }

  /// Of how many trainings the run consists, where these are more than its folds.
  static func extentNotice(
    _ settings: [Setting], _ configuration: RunConfiguration, _ tasks: [PlannedTask]
  ) -> [String] {
    let folds = Set(tasks.map(\.key.split)).count
    guard tasks.count > folds else { return [] }
    let trained = settings.count { $0.sameAs == nil }
    var factors = [counted(folds, "fold")]
    if trained > 1 { factors.append(counted(trained, "setting")) }
    if configuration.seeds.count > 1 { factors.append(counted(configuration.seeds.count, "seed")) }
    let inner = tasks.contains { $0.key.inner != nil }
    return [
      "\(tasks.count) trainings: \(factors.joined(separator: " × "))"
        + (inner
          ? ", each with \(counted(configuration.evaluation.nested.splits, "inner training")) that \(configuration.evaluation.nested.splits == 1 ? "holds" : "hold") out training subjects"
          : "")
    ]
  }
}
