import Foundation
import Training
import Wording

/// What is legal in a run and makes its scores mean less.
extension RunPlan {
  /// Settings whose moving average is still much of the initial weights when their smallest training ends.
  static func averageWarnings(_ tasks: [PlannedTask], _ settings: [PlannedSetting]) -> [String] {
    let trained = settings.filter { $0.setting.sameAs == nil }
    var found: [(text: String, names: [String])] = []
    for planned in trained {
      let training = planned.setting.configuration.training
      let counts = tasks.filter { $0.key.setting == planned.setting.key }
        .map(\.fold.trainClips.count)
      guard let clips = counts.min() else { continue }
      let share = training.initialShare(clips: clips)
      guard share > TrainingConfiguration.mostInitialShare else { continue }
      let text =
        "training.ema: the average begins at the initial weights, and with the decay \(training.ema) "
        + "these are still \(Int((100 * share).rounded())) % of what is scored at the end of the smallest "
        + "training; choose a decay of at most \(Float(training.shorterAverage(clips: clips))), or at "
        + "least \(counted(training.epochsForAverage(clips: clips), "epoch"))"
      if let same = found.firstIndex(where: { $0.text == text }) {
        found[same].names.append(planned.setting.name)
      } else {
        found.append((text, [planned.setting.name]))
      }
    }
    return found.map { text, names in
      guard names.count < trained.count else { return text }
      let more = names.count > 4 ? ", …" : ""
      return
        "\(text) (\(counted(names.count, "setting")): \(names.prefix(4).joined(separator: ", "))\(more))"
    }
  }

  /// Inner splits that hold out the same people as an earlier one of their fold.
  static func innerWarnings(_ tasks: [PlannedTask]) -> [String] {
    // All settings have the same.
    let inner = tasks.filter { $0.key.inner != nil && $0.key.setting == tasks[0].key.setting }
    let repeats = Dictionary(grouping: inner, by: \.key.outer).mapValues { splits in
      splits.count - Set(splits.map(\.fold.trainClips)).count
    }
    let count = repeats.values.reduce(0, +)
    guard count > 0 else { return [] }
    let folds = Set(repeats.keys.map(\.split)).count
    let repeating = Set(repeats.filter { $0.value > 0 }.keys.map(\.split)).count
    return [
      "evaluation.nested: \(count) of \(inner.count) inner splits, in \(repeating) of "
        + "\(counted(folds, "fold")), hold out the same subjects as an earlier one of their fold, so that "
        + "fewer subjects choose the epoch; lower evaluation.nested.splits"
    ]
  }
}
