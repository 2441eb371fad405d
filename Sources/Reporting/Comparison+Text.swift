import Evaluation
import Statistics
import Wording

extension Comparison {
  /// The comparison for a terminal: every difference is the second minus the first.
  public var text: String {
    var blocks = [
      [("A", first), ("B", second)].map { name, side in
        "\(name): \(side.text)" + Self.seeds(side)
          + (side.left > 0
            ? "; \(counted(side.left, "clip")) of it are not compared: the other has not got them"
            : "")
      }.joined(separator: "\n") + "\n\(counted(clips, "clip")) of \(counted(subjects, "subject"))."
    ]
    for pair in pairs {
      let names =
        pair.first == pair.second
        ? Report.label(pair.first)
        : "A \(Report.label(pair.first)), B \(Report.label(pair.second))"
      blocks.append(Report.columns(rows(pair, title: names)))
      blocks.append(testLine(pair.test))
      blocks.append(
        pair.changes.isEmpty
          ? "No clip's prediction changes."
          : "\(counted(pair.changes.count, "clip")) \(pair.changes.count == 1 ? "changes" : "change"):\n"
            + Report.columns(changeRows(pair)))
    }
    return (blocks + [notes.joined(separator: "\n")]).joined(separator: "\n\n")
  }

  private static func seeds(_ side: Side) -> String {
    let seeds = side.seeds.compactMap { $0 }
    guard !seeds.isEmpty else { return "" }
    return ", \(seeds.count == 1 ? "seed" : "seeds") "
      + seeds.map { "\($0)" }.joined(separator: ", ")
  }

  private func rows(_ pair: Pair, title: String) -> [[String]] {
    [
      [title, "clips"]
        + ["UF1", "UAR"].flatMap { ["A \($0)", "B \($0)", "B - A", "95% interval"] }
    ]
      + pair.parts.map { part in
        let intervals = Report.cells(part.difference.intervals)
        return [
          Report.title(part.key), "\(part.first.clips)", Report.figure(part.first.uf1.mean),
          Report.figure(part.second.uf1.mean), Report.signed(part.difference.uf1), intervals[0],
          Report.figure(part.first.uar.mean), Report.figure(part.second.uar.mean),
          Report.signed(part.difference.uar), intervals[1],
        ]
      }
  }

  private func testLine(_ test: McNemarTest) -> String {
    "McNemar's exact test: A alone has \(counted(test.firstOnly, "clip")) right, B alone "
      + "\(test.secondOnly): p \(Self.chance(test.p))."
  }

  private static func chance(_ p: Double) -> String {
    p < 0.0001 ? "< 0.0001" : "= " + Report.figure(p)
  }

  private func changeRows(_ pair: Pair) -> [[String]] {
    [["clip", "truth", "A", "B", ""]]
      + pair.changes.map { change in
        let clip = change.clip
        return ["\(clip.dataset)/\(clip.subject)/\(clip.clip)"]
          + [clip.truth, change.first, change.second].map { classNames[$0] } + [Self.word(change)]
      }
  }

  /// Who is right.
  static func word(_ change: Change) -> String {
    change.clip.truth == change.first
      ? "lost" : change.clip.truth == change.second ? "won" : "wrong either way"
  }

  private var notes: [String] {
    var notes = [
      "Intervals are of 95%, paired: percentiles of \(SubjectDraws.standardCount) bootstrap draws of "
        + "subjects within each dataset (seed \(SubjectDraws.standardSeed)), the same for both."
    ]
    if pairs.contains(where: { $0.parts.contains { $0.difference.intervals == nil } }) {
      notes.append("There is none where a dataset has one subject alone.")
    }
    notes.append(
      "McNemar's test takes clips for independent, which those of one subject are not: trust the interval "
        + "more.")
    if first.seeds.count > 1 || second.seeds.count > 1 {
      notes.append(
        "Scores are means over the seeds; the test and the clips that change are of the mean of all "
          + "seeds' probabilities.")
    }
    return notes
  }
}
