import Evaluation

/// Who is drawn: a person of a dataset.
public struct Subject: Hashable, Sendable, Comparable {
  public let dataset: String
  public let name: String

  public init(dataset: String, name: String) {
    self.dataset = dataset
    self.name = name
  }

  public static func < (a: Subject, b: Subject) -> Bool {
    (a.dataset, a.name) < (b.dataset, b.name)
  }
}

/// What was taken for what, subject by subject.
public struct SubjectCounts: Sendable {
  public let classes: Int
  public private(set) var matrices: [Subject: ConfusionMatrix] = [:]

  public init(classes: Int) { self.classes = classes }

  public mutating func add(_ subject: Subject, truth: Int, prediction: Int) {
    matrices[subject, default: ConfusionMatrix(classes: classes)].add(
      truth: truth, prediction: prediction)
  }
}
