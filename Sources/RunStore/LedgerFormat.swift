import Foundation

/// The formats of a ledger: which ones this program reads, and how it tells a later one from damage.
public enum LedgerFormat {
  /// The latest format that this program knows, in which it writes. In format 1 random numbers were
  /// drawn otherwise: a run of it can be read, but not gone on with.
  public static let newest = 2

  /// As much of a job's line as every format shares.
  private struct Job: Decodable {
    let event: String
    let format: Int
  }

  /// The format that a line says which cannot be read, if it is a later one; nil: it is damaged.
  static func newer(_ line: Data, after sum: String) -> Int? {
    guard let job = try? JSONDecoder().decode(Job.self, from: line), job.event == "job-started",
      job.format > newest
    else { return nil }
    // With the sum of one of ours it is ours, and only the number was changed.
    let text = String(decoding: line, as: UTF8.self)
    let isOurs = (1...newest).contains { format in
      var sum = sum
      let original = text.replacingOccurrences(
        of: "\"format\":\(job.format)", with: "\"format\":\(format)")
      return Ledger.unsealed(Data(original.utf8), after: &sum) != nil
    }
    return isOurs ? nil : job.format
  }
}

extension LedgerRecord {
  var hasKnownFormat: Bool {
    guard case .jobStarted(let job) = self else { return true }
    return (1...LedgerFormat.newest).contains(job.format)
  }
}
