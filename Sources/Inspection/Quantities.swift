import Foundation

/// Sizes, ages and places in a training in words.
enum Quantities {
  /// Where a fold stands: `after epoch 3 of 60, step 1`, with the steps of the epoch that runs.
  ///
  /// - Parameters:
  ///   - epoch: Epochs completed.
  ///   - batch: Steps completed of the next.
  ///   - epochs: Epochs of a whole fold, if they are known.
  static func position(epoch: Int, batch: Int, of epochs: Int?) -> String {
    let total = epochs.map { " of \($0)" } ?? ""
    switch (epoch, batch) {
    case (0, 0): return "before the first epoch" + total
    case (0, _): return "in epoch 1\(total), after step \(batch)"
    case (_, 0): return "after epoch \(epoch)\(total)"
    default: return "after epoch \(epoch)\(total), step \(batch)"
    }
  }

  /// Bytes in the unit that fits: `1.7 GB`.
  static func size(_ bytes: Int) -> String {
    var value = Double(bytes)
    for unit in ["bytes", "kB", "MB", "GB"] {
      if value < 1000 || unit == "GB" {
        return unit == "bytes" ? "\(bytes) bytes" : String(format: "%.1f %@", value, unit)
      }
      value /= 1000
    }
    return "\(bytes) bytes"
  }

  /// How long ago a file was written: `5 min old`.
  static func age(ofFile path: String) -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let date = attributes?[.modificationDate] as? Date else { return "of unknown age" }
    let seconds = max(0, Date().timeIntervalSince(date))
    for (unit, length) in [("days", 86400.0), ("h", 3600), ("min", 60)] where seconds >= 2 * length
    {
      return "\(Int(seconds / length)) \(unit) old"
    }
    return "\(Int(seconds)) s old"
  }
}
