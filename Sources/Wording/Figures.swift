import Foundation

/// A number with so many decimals: `0.6665`.
public func decimals(_ value: Double, _ digits: Int) -> String {
  let text = String(format: "%.\(digits)f", value)
  // Not -0.0000.
  return Double(text) == 0 && text.hasPrefix("-") ? String(text.dropFirst()) : text
}

/// Seconds as hours, minutes and seconds: `1:02:03`, `2:03`.
public func duration(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  let parts = (whole / 3600, whole / 60 % 60, whole % 60)
  return parts.0 > 0
    ? String(format: "%d:%02d:%02d", parts.0, parts.1, parts.2)
    : String(format: "%d:%02d", parts.1, parts.2)
}
