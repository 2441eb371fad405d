import Configuration
import Datasets
import Foundation
import Safetensors
import TestSupport
import XCTest

/// Whose clips weights have seen, however the names are written.
final class WeightsOriginTests: XCTestCase {
  private func origin(_ metadata: [String: String]) throws -> WeightsOrigin {
    try withTemporaryDirectory { directory in
      let path = directory + "/w.safetensors"
      try SafetensorsWriter.write([], metadata: metadata, to: path)
      do {
        return try WeightsOrigin(of: SafetensorsFile(path: path))
      } catch let error as SafetensorsError {
        throw SafetensorsError(file: "w", reason: error.reason)
      }
    }
  }

  private let folds = [
    ("sub01", [Person(dataset: "casme2", subject: "sub01")]),
    ("006", [Person(dataset: "samm", subject: "006")]),
    ("s1", [Person(dataset: "smic", subject: "s1")]),
  ]

  func testAPersonUnderANearNameIsTheSame() throws {
    for list in [
      #"["CASME2/sub01","SAMM/006"]"#, #"["casme2/sub1","samm/6"]"#,
      #"["casme2/SUB01","samm /006.0"]"#, #"["casme2/sub01","samm/006"]"#,
    ] {
      XCTAssertEqual(
        errorText { try origin(["trained_on": list]).check(folds, file: "w") },
        "w: its weights were trained on the very subjects that folds of this run leave out: sub01, "
          + "006; it can start s1: set folds.include to what it can start, or name other "
          + "training.initial_weights", list)
    }
    // An older file names its own fold alone.
    XCTAssertNil(errorText { try origin(["subject": "006"]).check([folds[1]], file: "w") })
    XCTAssertNotNil(errorText { try origin(["subject": "6"]).check([folds[1]], file: "w") })
  }

  /// A copied directory gives a manifest's people another dataset.
  func testASubjectOfAnotherDatasetsNameIsDoubtful() throws {
    let persons = folds.flatMap(\.1)
    XCTAssertNil(try origin(["trained_on": #"["smic/006","other/s9"]"#]).doubting(persons))
    let doubtful = try origin(["trained_on": #"["m2/6"]"#]).doubting(persons)
    XCTAssertEqual(doubtful?.isComplete, false)
    XCTAssertEqual(doubtful?.persons.contains("m2/6"), true)
  }

  func testWhatNamesNobodyIsNotComplete() throws {
    XCTAssertFalse(try origin([:]).isComplete)
    XCTAssertFalse(try origin(["trained_on": "[]"]).isComplete)
    XCTAssertFalse(try origin(["trained_on": #"["unknown"]"#]).isComplete)
    XCTAssertTrue(try origin(["trained_on": #"["samm/6"]"#]).isComplete)
    for name in ["", "s1", "samm/", "/6", "a/b/c"] {
      XCTAssertEqual(
        errorText { try origin(["trained_on": "[\"\(name)\"]"]) },
        "w: the \"trained_on\" of its metadata holds \"\(name)\", which is no dataset/subject")
    }
  }
}
