//! A text cut into windows.

use crate::parts::Parts;
use crate::{Images, Outline, SettingError, Share};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest context.
const MOST_CONTEXT: usize = 1_024;

/// How a text is cut; the settings of a source whose text is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Windows {
    /// Tokens of an example, 1 to 1024.
    pub context: usize,
    /// The share of the text that is held out for validation; 0 for no validation part.
    pub validation_share: Share,
    /// The share of the text that is tested on.
    pub test_share: Share,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            context: Self::usual_context(),
            validation_share: Self::usual_share(),
            test_share: Self::usual_share(),
        }
    }
}

impl Windows {
    pub(super) fn usual_context() -> usize {
        64
    }

    pub(super) fn usual_share() -> Share {
        Share(0.1)
    }

    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let Self { context, validation_share, test_share } = self;
        if !(1..=MOST_CONTEXT).contains(context) {
            let accepted = format!("a whole number from 1 to {MOST_CONTEXT}");
            return Err(SettingError::range("data.context", context, accepted));
        }
        if !validation_share.is_proper() {
            let accepted = "0 for no validation part, or a share below 1";
            return Err(SettingError::range("data.validation_share", validation_share.0, accepted));
        }
        if !test_share.is_proper() || test_share.0 == 0.0 || test_share.0 + validation_share.0 >= 1.0 {
            let accepted = "more than 0, less than 1, and with `data.validation_share` less than 1";
            return Err(SettingError::range("data.test_share", test_share.0, accepted));
        }
        Ok(())
    }

    /// Tokens of the training, the validation and the test part.
    fn lengths(&self, tokens: usize) -> [usize; 3] {
        let test = self.test_share.of(tokens).min(tokens);
        let validation = self.validation_share.of(tokens).min(tokens - test);
        [tokens - validation - test, validation, test]
    }

    /// Refuses a text that leaves a part without a window; `file` is named.
    pub(crate) fn fit(&self, tokens: usize, file: &str) -> Result<(), SettingError> {
        let least = self.context + 1;
        let [train, validation, test] = self.lengths(tokens);
        let parts = [("training", train), ("validation", validation), ("test", test)];
        let wanted = |part: &str| part != "validation" || self.validation_share.0 > 0.0;
        let Some((part, has)) = parts.into_iter().find(|(part, has)| wanted(part) && *has < least) else {
            return Ok(());
        };
        let got = format!(
            "{} for the {tokens} tokens of `{file}`, {train} to train, {validation} to validate and {test} to test on,",
            self.context
        );
        let accepted = format!(
            "{least} or more for each part, `context` + 1 (the {part} part has {has}); take a longer text, a shorter `context` or other \
             shares"
        );
        Err(SettingError::range("data.context", got, accepted))
    }

    /// The sizes for a text of so many tokens.
    pub(crate) fn outline(&self, tokens: usize, vocabulary: usize) -> Outline {
        let windows = |tokens: usize| tokens.saturating_sub(1) / self.context;
        let [train, validation, test] = self.lengths(tokens).map(windows);
        Outline {
            shape: [self.context, 1, 1],
            classes: vocabulary,
            labels_per_image: self.context,
            vocabulary: Some(vocabulary),
            train,
            validation,
            test,
        }
    }

    /// The parts of a text that fits.
    pub(crate) fn parts(&self, tokens: &[u8], vocabulary: usize) -> Parts {
        let [train, validation, _] = self.lengths(tokens.len());
        let (trained, rest) = tokens.split_at(train);
        let (held_out, tested) = rest.split_at(validation);
        let cut = |text: &[u8]| Arc::new(self.cut(text, vocabulary));
        Parts {
            train: cut(trained),
            validation: (!held_out.is_empty()).then(|| cut(held_out)),
            test: cut(tested),
        }
    }

    fn cut(&self, text: &[u8], vocabulary: usize) -> Images {
        let read = text.len().saturating_sub(1) / self.context * self.context;
        Images {
            pixels: text[..read].to_vec(),
            labels: text[text.len().min(1)..][..read].to_vec(),
            height: self.context,
            width: 1,
            channels: 1,
            classes: vocabulary,
            labels_per_image: self.context,
            vocabulary: Some(vocabulary),
        }
    }
}
