import Foundation
import Logging
import Wording

/// One line of the log.
package struct LogLine {
  private let level: Logger.Level
  private let message: String
  private let metadata: Logger.Metadata
  private let place: Place?
  private let time: Date

  package init(
    level: Logger.Level, message: String, metadata: Logger.Metadata, place: Place?, time: Date
  ) {
    self.level = level
    self.message = message
    self.metadata = metadata
    self.place = place
    self.time = time
  }

  package func text(_ form: Console.Form) -> String {
    switch form {
    case .plain:
      // Rank 0 speaks for the job.
      let place = place.flatMap { $0.rank == 0 ? nil : "[rank \($0.rank) host \($0.host)] " }
      return "htnet: " + word + (place ?? "") + message.visible
    case .stamped:
      let place = place.map { "[\($0.rank)@\($0.host)]" } ?? ""
      return "\(localTime) htnet\(place): " + word + message.visible
    case .json: return object
    }
  }

  /// An error needs no word: it ends what the program was to do.
  private var word: String { level == .warning ? "warning: " : "" }

  /// By this host's clock, `2026-11-27 07:04:09`.
  private var localTime: String {
    var seconds = time_t(time.timeIntervalSince1970)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1,
      parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec)
  }

  private var object: String {
    var fields: [String: Value] = [
      "time": .text(time.formatted(.iso8601)), "level": .text(level.rawValue),
      "message": .text(message),
    ]
    if let place {
      fields["rank"] = .number(Double(place.rank))
      fields["host"] = .text(place.host)
    }
    for (key, value) in metadata { fields[key] = Value(value) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try? encoder.encode(fields)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private enum Value: Encodable {
    case text(String)
    case number(Double)

    /// A number where the text is one: swift-log knows no numbers.
    init(_ value: Logger.MetadataValue) {
      let text = "\(value)"
      if case .stringConvertible = value, let number = Double(text), number.isFinite {
        self = .number(number)
      } else {
        self = .text(text)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      }
    }
  }
}
