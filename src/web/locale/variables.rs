//! What is put into a message. The build reads the English text with it as well.

use fluent_syntax::ast::{
    Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey,
};

/// What is put into a message.
#[derive(Debug)]
pub(crate) struct Variable<'a> {
    pub(crate) name: &'a str,
    /// By its number one of several texts is chosen.
    pub(crate) is_counted: bool,
}

/// The variables of a message, as they are read.
pub(crate) fn variables<'a>(pattern: &Pattern<&'a str>) -> Vec<Variable<'a>> {
    let mut found = Vec::new();
    of_pattern(pattern, &mut found);
    found
}

fn of_pattern<'a>(pattern: &Pattern<&'a str>, found: &mut Vec<Variable<'a>>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, found);
        }
    }
}

fn of_expression<'a>(expression: &Expression<&'a str>, found: &mut Vec<Variable<'a>>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, false, found),
        Expression::Select { selector, variants } => {
            of_inline(selector, variants.iter().any(is_of_number), found);
            for variant in variants {
                of_pattern(&variant.value, found);
            }
        }
    }
}

fn of_inline<'a>(
    inline: &InlineExpression<&'a str>,
    is_counted: bool,
    found: &mut Vec<Variable<'a>>,
) {
    match inline {
        InlineExpression::VariableReference { id } => {
            match found.iter_mut().find(|known| known.name == id.name) {
                Some(known) => known.is_counted |= is_counted,
                None => found.push(Variable { name: id.name, is_counted }),
            }
        }
        InlineExpression::Placeable { expression } => of_expression(expression, found),
        _ => {}
    }
}

/// Is it chosen by a number, such as `[one]` or `[0]`?
fn is_of_number(variant: &Variant<&str>) -> bool {
    match variant.key {
        VariantKey::NumberLiteral { .. } => true,
        VariantKey::Identifier { name } => ["zero", "one", "two", "few", "many"].contains(&name),
    }
}
