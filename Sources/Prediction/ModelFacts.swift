import Configuration
import Datasets
import HTNetModel
import Kernels
import Safetensors

/// What a file of weights says of its model: its shape, what it takes and what it answers.
struct ModelFacts {
  let model: HTNetConfiguration
  let format: DataFormat
  let regions: Regions
  /// nil: samples are taken as they are.
  let scaling: InputScaling?
  let precision: ProductPrecision
  /// By label.
  let classNames: [String]
  let origin: WeightsOrigin

  /// - Throws: `SafetensorsError` for the first thing that is missing, malformed or contradicts another.
  init(of file: SafetensorsFile) throws {
    model = try HTNetConfiguration(metadataOf: file)
    format = try Self.choice("format", file)
    regions = try Self.choice("regions", file)
    precision = try Self.choice("precision", file)
    scaling = try Self.scaling(file, channels: model.channels)
    classNames = try Self.classNames(file, classes: model.classes)
    origin = try WeightsOrigin(of: file)
    let channels = try Self.text("channels", file)
    guard format.channels.contains(model.channels),
      format.planes(model.channels).joined(separator: ", ") == channels
    else {
      throw SafetensorsError(
        file: file.file,
        reason: "the \"channels\" of its metadata are \"\(channels)\", which are not the "
          + "\(model.channels) of its config in data.format \(format.rawValue)")
    }
  }

  /// What the planes of the input are, without the format's own words for them.
  var colours: [String] { Self.colours(format.planes(model.channels)) }

  static func colours(_ planes: [String]) -> [String] {
    planes.map { String($0.prefix { $0 != " " }) }
  }

  private static func text(_ key: String, _ file: SafetensorsFile) throws -> String {
    guard let text = file.metadata[key] else {
      throw SafetensorsError(
        file: file.file,
        reason: "its metadata have no \"\(key)\": write it with htnet export from the run")
    }
    return text
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ file: SafetensorsFile
  ) throws -> Choice {
    let text = try text(key, file)
    guard let choice = Choice(rawValue: text) else {
      throw SafetensorsError(
        file: file.file,
        reason: "the \"\(key)\" of its metadata is \"\(text)\", and may be "
          + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  private static func scaling(_ file: SafetensorsFile, channels: Int) throws -> InputScaling? {
    func refuse(_ reason: String) -> SafetensorsError {
      SafetensorsError(file: file.file, reason: reason)
    }
    let hasNumbers = file.metadata["mean"] != nil || file.metadata["deviation"] != nil
    switch try text("scaling", file) {
    case let rule
    where rule == Scaling.raw.rawValue || InputScaling(metadata: ["scaling": rule]) == .clip:
      guard !hasNumbers else {
        throw refuse(
          "the \"scaling\" of its metadata is \(rule), but they have a mean or a deviation")
      }
      return InputScaling(metadata: file.metadata)
    case InputScaling.rule:
      guard let scaling = InputScaling(metadata: file.metadata), case .training(let of) = scaling,
        of.means.count == channels, of.means.allSatisfy({ Float($0).isFinite }),
        of.deviations.allSatisfy({ Float($0) > 0 && Float($0).isFinite })
      else {
        throw refuse(
          "the \"mean\" and \"deviation\" of its metadata are not \(channels) numbers each, the "
            + "latter above 0")
      }
      return scaling
    case let other:
      throw refuse(
        "the \"scaling\" of its metadata is \"\(other)\", and may be \(Scaling.raw.rawValue), "
          + "\(InputScaling.rule) or \(InputScaling.clipRule)")
    }
  }

  private static func classNames(_ file: SafetensorsFile, classes: Int) throws -> [String] {
    // No name holds a comma.
    let text = try text("classes", file)
    let names = text.split(separator: ", ", omittingEmptySubsequences: false).map(String.init)
    guard names.count == classes, Set(names).count == classes, !names.contains("") else {
      throw SafetensorsError(
        file: file.file,
        reason: "the \"classes\" of its metadata are \"\(text)\", not \(classes) different names")
    }
    return names
  }
}
