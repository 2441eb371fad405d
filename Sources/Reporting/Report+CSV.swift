import Evaluation
import Foundation

extension Report {
  /// `predictions.csv` (RFC 4180): one row a clip of a finished fold, and for each protocol its
  /// prediction, the epoch that made it, and that epoch's logits. Where a run has several settings or
  /// seeds, each row begins with its own.
  func csv() -> Data {
    let columns = job.protocols.map(\.rawValue).flatMap { name in
      [name, "\(name)_epoch"] + (0..<job.classes).map { "\(name)_logit_\($0)" }
    }
    let isStudy = only == nil
    var lines = [
      (isStudy ? ["setting", "seed"] : []) + ["dataset", "subject", "clip", "truth"] + columns
    ]
    for setting in settings where setting.setting.sameAs == nil {
      for seed in setting.seeds {
        let study = isStudy ? [setting.setting.name, seed.seed.map { "\($0)" } ?? ""] : []
        lines += seed.rows.map { row in
          study + [row.clip.dataset, row.clip.subject, row.clip.clip, "\(row.clip.truth)"]
            + row.answers.flatMap { answer in
              ["\(answer.prediction)", "\(answer.epoch)"] + answer.logits.map { "\($0)" }
            }
        }
      }
    }
    let text = lines.map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
    return Data(text.utf8)
  }

  private static func quoted(_ field: String) -> String {
    // By scalars: CR LF is one character, and so are a quotation mark and an accent after it.
    guard field.unicodeScalars.contains(where: { [",", "\"", "\r", "\n"].contains($0) }) else {
      return field
    }
    return "\"" + field.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }
}
