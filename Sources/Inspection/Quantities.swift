import Foundation

/// Sizes and ages in words.
enum Quantities {
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
