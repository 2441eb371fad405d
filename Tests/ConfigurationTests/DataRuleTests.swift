import Configuration
import TestSupport
import XCTest

/// Which keys of the data belong together.
final class DataRuleTests: XCTestCase {
  private func error(_ overrides: [String]) -> String? {
    errorText { try RunConfiguration.load(file: nil, overrides: overrides, data: "d") }
  }

  func testWhatFits() {
    for overrides in [
      ["data.class_names=[a, b, c]"], ["data.format=manifest", "model.channels=1"],
      ["data.format=manifest", "model.channels=4", "data.dataset=mine"],
      ["data.format=manifest", "data.columns=[label=emotion, image=path=x]"],
    ] {
      XCTAssertNil(error(overrides), "\(overrides)")
    }
  }

  func testWhatDoesNot() {
    let manifest = "data.format=manifest"
    for (overrides, reason) in [
      (
        ["model.channels=1"],
        "model.channels: 1, but images of data.format release have 3: blue (strain), green (vertical flow), red (horizontal flow)"
      ),
      (
        [manifest, "model.channels=5"],
        "model.channels: 5, but images of data.format manifest have 1 … 4"
      ),
      (
        ["data.class_names=[a, b]"], "data.class_names: names 2 classes, but model.classes is 3"
      ),
      (
        [manifest, "data.columns=[label=x, subject=x]"],
        "data.columns: \"x\" would be the column \"label\" and another one"
      ),
      (
        [manifest, "data.columns=[subject=label]"],
        "data.columns: \"label\" would be the column \"subject\" and another one"
      ),
      (
        ["data.class_names=[a, b, A]"],
        "data.class_names: names a class twice, as case is no difference"
      ),
      (
        ["data.class_names=[a, 'b, c', d]"],
        "data.class_names: \"b, c\" holds a comma, which parts the names in files of weights"
      ),
      (["data.dataset=mine"], "data.dataset: is set, but is for data.format manifest alone"),
      (["data.columns=[label=x]"], "data.columns: is set, but is for data.format manifest alone"),
      (
        [manifest, "data.landmarks=x.csv"],
        "data.landmarks: is set, but is for data.format release alone: a manifest has landmarks in its "
          + "own columns"
      ),
      ([manifest, "data.dataset=a/b"], "data.dataset: must not hold a slash"),
      (
        [manifest, "data.columns=[label]"],
        "data.columns: \"label\" is not of the form column=name, such as label=emotion"
      ),
      (
        [manifest, "data.columns=[label=x, label=y]"],
        "data.columns: the column \"label\" is called \"x\" and \"y\""
      ),
      (
        [manifest, "data.columns=[class=x]"],
        "data.columns: a manifest has no column \"class\"; its columns are image, label, subject, "
          + "dataset, clip, left_eye_x, left_eye_y, right_eye_x, right_eye_y, nose_x, nose_y, "
          + "mouth_left_x, mouth_left_y, mouth_right_x, mouth_right_y, detected"
      ),
    ] {
      let text = error(overrides)
      XCTAssertEqual(text?.hasSuffix(reason), true, "\(overrides): \(text ?? "accepted")")
    }
  }
}
