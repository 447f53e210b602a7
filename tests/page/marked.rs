//! A language that is English with a mark on every letter, so that it can be read and told from
//! English.

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::{parser, serializer};

const LETTERS: &str = "aȧbḃcċdḋeėfḟgġhḣiıjĵkḳlŀmṁnṅoȯpṗqɋrṙsṡtṫuŭvṽwẇxẋyẏzżAȦBḂCĊDḊEĖFḞGĠHḢIİJĴKḲLĿMṀNṄOȮPṖQɊRṘSṠTṪUŬVṼWẆXẊYẎZŻ";

/// A file of messages in that language.
pub(crate) fn resource(text: &str) -> String {
    let mut resource = parser::parse(text.to_owned()).unwrap();
    for entry in &mut resource.body {
        if let Entry::Message(message) = entry {
            pattern(message.value.as_mut().unwrap(), &mut false);
        }
    }
    serializer::serialize(&resource)
}

/// What is put in may stand within a tag.
fn pattern(pattern: &mut Pattern<String>, in_tag: &mut bool) {
    for element in &mut pattern.elements {
        match element {
            PatternElement::TextElement { value } => *value = marked(value, in_tag),
            PatternElement::Placeable { expression } => self::expression(expression, in_tag),
        }
    }
}

fn expression(expression: &mut Expression<String>, in_tag: &mut bool) {
    match expression {
        Expression::Select { variants, .. } => {
            for variant in variants {
                pattern(&mut variant.value, in_tag);
            }
        }
        Expression::Inline(InlineExpression::Placeable { expression }) => {
            self::expression(expression, in_tag);
        }
        Expression::Inline(_) => {}
    }
}

/// All letters but those of tags.
fn marked(text: &str, in_tag: &mut bool) -> String {
    let mark = |(place, letter): (usize, char)| {
        let next = text[place..].chars().nth(1).unwrap_or_default();
        *in_tag = match letter {
            '<' => next == '/' || next.is_ascii_alphabetic(),
            '>' => false,
            _ => *in_tag,
        };
        let mut letters = LETTERS.chars();
        match letters.find(|known| *known == letter && letter.is_ascii_alphabetic()) {
            Some(_) if !*in_tag => letters.next().unwrap(),
            _ => letter,
        }
    };
    text.char_indices().map(mark).collect()
}
