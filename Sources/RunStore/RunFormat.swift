import Foundation

/// The formats of a run's ledger and results: which ones this program reads, and how it tells a later
/// one from damage.
public enum RunFormat {
  /// The latest format that this program knows, in which it writes.
  public static let newest = 4

  /// A later format than this program knows.
  public struct Newer: Error, CustomStringConvertible, Equatable {
    public let format: Int
    public var description: String {
      "is of format \(format), and this htnet knows formats up to \(RunFormat.newest); use an htnet "
        + "as new as the one that wrote it"
    }
  }

  /// Why a run of an earlier format can be read, but is not gone on with; nil: it is gone on with.
  public static func obstacle(_ format: Int) -> String? {
    switch format {
    case 1: "its random numbers were drawn otherwise"
    case 2: "its checkpoints and results name their fold otherwise"
    // Format 4 added settings, seeds and inner trainings, which a run of format 3 has none of.
    default: nil
    }
  }

  // MARK: - A ledger's lines

  /// As much of a job's line as every format shares.
  private struct Job: Decodable {
    let event: String
    let format: Int
  }

  /// The format that a job's line says; nil: it is another line.
  static func said(by line: Data) -> Int? {
    guard let job = try? JSONDecoder().decode(Job.self, from: line), job.event == "job-started"
    else { return nil }
    return job.format
  }

  /// The later format that a line names which cannot be read; nil: the line is damaged.
  static func newer(_ line: Data, after sum: String) -> Newer? {
    guard let said = said(by: line), said > newest else { return nil }
    // With the sum of one of ours it is ours, and only the number was changed.
    let text = String(decoding: line, as: UTF8.self)
    let isOurs = (1...newest).contains { format in
      var sum = sum
      let original = text.replacingOccurrences(
        of: "\"format\":\(said)", with: "\"format\":\(format)")
      return Ledger.unsealed(Data(original.utf8), after: &sum) != nil
    }
    return isOurs ? nil : Newer(format: said)
  }

  /// A line's object as the newest format has it.
  ///
  /// - Parameter format: The line's.
  /// - Returns: nil: it is no object of that format.
  static func upgraded(_ object: Data, from format: Int) -> Data? {
    guard format < newest else { return object }
    guard var fields = (try? JSONSerialization.jsonObject(with: object)) as? [String: Any] else {
      return nil
    }
    if format < 3 { toTasks(&fields) }
    return try? JSONSerialization.data(withJSONObject: fields)
  }

  /// From 2 to 3: records name a task, and a job's line lists them; each clip names its fold.
  private static func toTasks(_ fields: inout [String: Any]) {
    if let subject = fields.removeValue(forKey: "subject") { fields["task"] = ["split": subject] }
    if let subjects = fields.removeValue(forKey: "subjects") as? [String] {
      fields["tasks"] = subjects.map { ["split": $0] }
    }
    if let clips = fields["clips"] as? [[String: Any]] {
      fields["clips"] = clips.map { clip in
        clip.merging(["fold": clip["subject"] ?? ""]) { old, _ in old }
      }
    }
  }
}
