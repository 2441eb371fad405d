import Configuration
import Datasets
import Evaluation
import HTNetModel
import Safetensors
import Wording

/// One trained model, or several that answer together by the mean of their probabilities.
public struct ModelSet {
  /// At least one.
  private let models: [TrainedModel]
  private var first: TrainedModel { models[0] }
  public var count: Int { models.count }
  /// By label.
  public var classNames: [String] { first.facts.classNames }

  /// - Parameter paths: Of files as `htnet export` writes them, at least one.
  /// - Throws: `SafetensorsError` for the first file that cannot be used, or that disagrees with the first;
  ///   `FileError` for one that cannot be read.
  public init(paths: [String]) throws {
    var models: [TrainedModel] = []
    for path in paths {
      let model = try TrainedModel(path: path)
      if let first = models.first { try Self.requireAgreement(model, with: first) }
      if let same = models.first(where: { $0.weightsSHA256 == model.weightsSHA256 }) {
        throw SafetensorsError(
          file: path,
          reason: "has the same weights as \(same.path): a model that is named twice counts twice; "
            + "name it once")
      }
      models.append(model)
    }
    self.models = models
  }

  /// Refuses a model that would need other input, or answers something else. What scales the input is each
  /// model's own.
  private static func requireAgreement(_ model: TrainedModel, with first: TrainedModel) throws {
    func text(_ facts: ModelFacts) -> [(key: String, value: String)] {
      [
        ("classes", facts.classNames.joined(separator: ", ")),
        ("image_size", "\(facts.model.imageSize)"),
        ("channels", facts.colours.joined(separator: ", ")),
        ("regions", facts.regions.rawValue),
      ]
    }
    for (mine, other) in zip(text(model.facts), text(first.facts)) where mine.value != other.value {
      throw SafetensorsError(
        file: model.path,
        reason:
          "its \(mine.key): \(mine.value); of \(first.path): \(other.value); models that answer "
          + "together must agree in it")
    }
  }

  /// Reads clips as these models take them. Labels are not read.
  ///
  /// - Parameters:
  ///   - path: As `data.path`.
  ///   - overrides: `data.key=value`; the layout is that of the models' own data where none says otherwise.
  /// - Returns: The clips, and lines for the user.
  /// - Throws: `ConfigurationError`, `DataError`, or `FileError` for what cannot be read.
  public func read(path: String, overrides: [String]) throws -> (Dataset, warnings: [String]) {
    let facts = first.facts
    var given = DataConfiguration()
    (given.format, given.regions) = (facts.format, facts.regions)
    let reason = "is the model's own, which \(first.path) says"
    let (data, notices) = try DataConfiguration.load(
      path: path, overrides: overrides, for: facts.model, given: given,
      fixed: ["data.regions": reason, "data.scaling": reason, "data.class_names": reason])
    let dataset = try Dataset.load(
      data,
      InputShape(
        classes: facts.model.classes, channels: facts.model.channels, side: facts.model.imageSize,
        isForTraining: false))
    return (dataset, notices + warnings(data, dataset))
  }

  private func warnings(_ data: DataConfiguration, _ dataset: Dataset) -> [String] {
    var warnings = dataset.warnings
    for model in models {
      let facts = model.facts
      let planes = [facts.format, data.format].map {
        $0.planes(facts.model.channels).joined(separator: ", ")
      }
      if planes[0] != planes[1] {
        warnings.append(
          "\(model.path): its channels are \(planes[0]), and the data say no more of theirs than "
            + "\(planes[1]): they are taken for the same")
      }
      let seen = facts.origin.persons.compactMap { Person($0) }
      let persons = dataset.persons
      let known = persons.filter { person in seen.contains { $0.isNear(person) } }
      if let person = known.first {
        warnings.append(
          "\(model.path): was trained on \(known.count) of the data's "
            + "\(counted(persons.count, "subject")), \(person) the first: what it says of them is no test of it"
        )
      } else if !facts.origin.isComplete {
        warnings.append(
          "\(model.path): its metadata do not say whose clips it was trained on; what it says of "
            + "those is no test of it")
      }
      // A dataset that both know by its name has no person of another one.
      let namesakes = facts.origin.namesakes(of: persons).filter { pair in
        !seen.contains { $0.dataset == pair.person.dataset } && !known.contains(pair.person)
      }
      if let first = namesakes.first {
        warnings.append(
          "\(model.path): \(namesakes.count) of the data's \(counted(persons.count, "subject")) "
            + "\(namesakes.count == 1 ? "has" : "have") the name of one of another dataset that it was trained on, "
            + "\(first.person) that of \(first.seen) the first: if they are the same people, what it says of them "
            + "is no test of it")
      }
    }
    return warnings
  }

  /// What the models say of clips that `read` gave.
  ///
  /// - Parameter threads: How many compute; they change no bit.
  /// - Throws: `SafetensorsError` if a file is no longer what it was, or a logit is not finite.
  public func predict(_ dataset: Dataset, threads: Int) throws -> Predictions {
    var classes: [Int] = []
    var sums: [[Double]] = []
    for model in models {
      let logits = try model.logits(of: dataset, threads: threads)
      let probabilities = logits.map(EvaluationProtocol.softmax)
      // Of one model by its logits: probabilities may round to equals.
      if classes.isEmpty { classes = logits.map(EvaluationProtocol.prediction) }
      sums =
        sums.isEmpty
        ? probabilities : zip(sums, probabilities).map { zip($0, $1).map { $0 + $1 } }
    }
    let means = models.count == 1 ? sums : sums.map { $0.map { $0 / Double(models.count) } }
    if models.count > 1 {
      // The first of equals.
      classes = means.map { row in row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 } }
    }
    return Predictions(
      dataset: dataset, classNames: classNames, classes: classes, probabilities: means)
  }
}
