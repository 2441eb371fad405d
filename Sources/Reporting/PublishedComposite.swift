import Evaluation
import RunStore

/// The composite of SMIC, CASME II and SAMM that the paper's figures are of.
enum PublishedComposite {
  /// A dataset's share of it.
  struct Dataset {
    let title: String
    let persons: Int
    /// By class.
    let clips: [Int]
  }

  static let datasets = [
    "smic": Dataset(title: "SMIC", persons: 16, clips: [70, 51, 43]),
    "casme2": Dataset(title: "CASME II", persons: 24, clips: [88, 32, 25]),
    "samm": Dataset(title: "SAMM", persons: 28, clips: [92, 26, 15]),
  ]

  /// The protocol that the paper's figures are of.
  static let selection = EvaluationProtocol.bestOnTest

  /// The paper's UF1 and UAR.
  static let figures: [String: (uf1: Double, uar: Double)] = [
    "full": (0.8603, 0.8475), "smic": (0.8049, 0.7905), "casme2": (0.9532, 0.9516),
    "samm": (0.8131, 0.8124),
  ]

  /// Whether a run's data are the composite: as many persons, and as many clips of each class, in
  /// each dataset.
  static func isData(of job: LedgerRecord.JobStarted) -> Bool {
    guard ClassNames.arePublished(job.classes, datasets: Set(job.clips.map(\.dataset))) else {
      return false
    }
    let parts = Dictionary(grouping: job.clips) { $0.dataset.lowercased() }
    return datasets.allSatisfy { name, dataset in
      let clips = parts[name] ?? []
      return Set(clips.map(\.subject)).count == dataset.persons
        && (0..<job.classes).map { label in clips.count { $0.truth == label } } == dataset.clips
    }
  }
}
