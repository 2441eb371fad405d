import Evaluation
import Foundation
import Wording

extension Report {
  /// `predictions.csv` (RFC 4180): one row a clip of a finished fold, and for each protocol its
  /// prediction, the epoch that made it, that epoch's logits and the probabilities that they give; at the
  /// end the clip's fold and its image. Where a run has several settings or seeds, each row begins with
  /// its own.
  func predictions() -> Data {
    let columns = job.protocols.map(\.rawValue).flatMap { name in
      [name, "\(name)_epoch"] + (0..<job.classes).map { "\(name)_logit_\($0)" }
        + (0..<job.classes).map { "\(name)_probability_\($0)" }
    }
    let isStudy = only == nil
    var table = CSVWriter(
      (isStudy ? ["setting", "seed"] : []) + ["dataset", "subject", "clip", "truth"] + columns
        + ["fold", "image"])
    for setting in settings where setting.setting.sameAs == nil {
      for seed in setting.seeds {
        let study = isStudy ? [setting.setting.name, seed.seed.map { "\($0)" } ?? ""] : []
        for row in seed.rows {
          table.add(
            study + [row.clip.dataset, row.clip.subject, row.clip.clip, "\(row.clip.truth)"]
              + row.answers.flatMap { answer in
                ["\(answer.prediction)", answer.epoch.map { "\($0)" } ?? ""]
                  + answer.logits.map { "\($0)" }
                  + answer.probabilities.map { "\(Float($0))" }
              } + [row.clip.fold, row.clip.image ?? ""])
        }
      }
    }
    return table.data
  }

  /// `curves.csv`: one row an epoch of a training, with its mean training loss and, where a protocol
  /// looks at such, scores: of the test clips (`test`) where that is `best-on-test`, of the training
  /// subjects that an inner training held out (`held-out`) always.
  func curves() -> Data {
    var table = CSVWriter([
      "setting", "seed", "fold", "inner", "epoch", "loss", "scored", "clips", "accuracy", "uf1",
      "uar",
    ])
    let showsTest = job.protocols.contains { $0.isOptimistic }
    for setting in settings where setting.setting.sameAs == nil {
      for seed in setting.seeds {
        let study = [setting.setting.name, seed.seed.map { "\($0)" } ?? ""]
        for fold in seed.results {
          let trainings =
            [(fold.outer, showsTest ? fold.curve : nil, "test")]
            + fold.inner.map { ($0.result, $0.curve, "held-out") }
          for (result, curve, scored) in trainings {
            let name =
              study + [result.task.split, result.task.inner.map { "\($0)" } ?? ""]
            for (epoch, loss) in result.losses.enumerated() {
              let known = epoch - result.losses.count + (curve?.epochs ?? 0)
              let scores =
                known >= 0 ? curve?.scores(at: known, classes: job.classes) : nil
              let clips = curve?.truth.count ?? 0
              table.add(
                name + ["\(epoch + 1)", "\(loss)"]
                  + (scores.map {
                    [
                      scored, "\(clips)", "\(Double($0.correct) / Double(clips))", "\($0.uf1)",
                      "\($0.uar)",
                    ]
                  } ?? ["", "", "", "", ""]))
            }
          }
        }
      }
    }
    return table.data
  }
}
