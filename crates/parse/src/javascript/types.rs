//! Types, as expressions: names, generic types applied to their arguments, object types as records.

use ir::{Entry, ExprId, ExprKind, Symbol};
use oxc_ast::ast::{self, TSImportTypeQualifier, TSLiteral, TSSignature, TSType, TSTypeName};
use oxc_span::GetSpan as _;

use super::{Lowering, at};

impl Lowering<'_> {
    pub(super) fn annotation(&mut self, annotation: Option<&ast::TSTypeAnnotation<'_>>) -> Option<ExprId> {
        annotation.map(|annotation| self.ty(&annotation.type_annotation))
    }

    fn ty(&mut self, ty: &TSType<'_>) -> ExprId {
        match self.nested(ty.span(), |l| l.ty_here(ty)) {
            Some(id) => id,
            None => self.other(ty.span(), Vec::new()),
        }
    }

    fn tys(&mut self, types: &[TSType<'_>]) -> Vec<ExprId> {
        types.iter().map(|ty| self.ty(ty)).collect()
    }

    fn ty_here(&mut self, ty: &TSType<'_>) -> ExprId {
        let span = ty.span();
        let kind = match ty {
            TSType::TSTypeReference(reference) => {
                let base = self.type_name(&reference.type_name);
                return self.applied(base, span, reference.type_arguments.as_deref());
            }
            TSType::TSArrayType(array) => {
                let base = self.builder.expr(at(span), ExprKind::Global(Symbol::new("Array")));
                ExprKind::Index { base, indices: vec![self.ty(&array.element_type)] }
            }
            TSType::TSUnionType(union) => ExprKind::Other(self.tys(&union.types)),
            TSType::TSIntersectionType(intersection) => ExprKind::Other(self.tys(&intersection.types)),
            TSType::TSTupleType(tuple) => {
                let parts = tuple.element_types.iter().filter_map(|element| element.as_ts_type());
                ExprKind::Other(parts.map(|ty| self.ty(ty)).collect())
            }
            TSType::TSTypeLiteral(literal) => {
                ExprKind::Record(literal.members.iter().filter_map(|member| self.type_entry(member)).collect())
            }
            TSType::TSParenthesizedType(inner) => return self.ty(&inner.type_annotation),
            TSType::TSTypeOperatorType(operator) if operator.operator != ast::TSTypeOperatorOperator::Keyof => {
                return self.ty(&operator.type_annotation);
            }
            TSType::JSDocNullableType(inner) => return self.ty(&inner.type_annotation),
            TSType::JSDocNonNullableType(inner) => return self.ty(&inner.type_annotation),
            TSType::TSImportType(import) => return self.import_type(import),
            TSType::TSTypeQuery(query) => ExprKind::Other(
                query.expr_name.as_ts_type_name().map(|name| self.type_name(name)).into_iter().collect(),
            ),
            TSType::TSLiteralType(literal) => return self.literal_type(&literal.literal, span),
            TSType::TSThisType(_) => ExprKind::This,
            TSType::TSNullKeyword(_) | TSType::TSUndefinedKeyword(_) => ExprKind::Null,
            TSType::TSAnyKeyword(_)
            | TSType::TSBigIntKeyword(_)
            | TSType::TSBooleanKeyword(_)
            | TSType::TSNeverKeyword(_)
            | TSType::TSNumberKeyword(_)
            | TSType::TSObjectKeyword(_)
            | TSType::TSStringKeyword(_)
            | TSType::TSSymbolKeyword(_)
            | TSType::TSUnknownKeyword(_)
            | TSType::TSVoidKeyword(_) => ExprKind::Global(Symbol::new(at(span).text(self.source))),
            _ => ExprKind::Other(Vec::new()),
        };
        self.builder.expr(at(span), kind)
    }

    pub(super) fn type_name(&mut self, name: &TSTypeName<'_>) -> ExprId {
        match name {
            TSTypeName::IdentifierReference(id) => self.name(id.span, &id.name),
            TSTypeName::QualifiedName(name) => self.qualified_name(name),
            TSTypeName::ThisExpression(this) => self.builder.expr(at(this.span), ExprKind::This),
        }
    }

    pub(super) fn qualified_name(&mut self, name: &ast::TSQualifiedName<'_>) -> ExprId {
        match self.nested(name.span, |l| l.type_name(&name.left)) {
            Some(base) => self.builder.member(base, Symbol::new(&name.right.name), at(name.right.span)),
            None => self.other(name.span, Vec::new()),
        }
    }

    /// A generic type with its arguments; without arguments the type itself.
    pub(super) fn applied(
        &mut self,
        base: ExprId,
        span: oxc_span::Span,
        arguments: Option<&ast::TSTypeParameterInstantiation<'_>>,
    ) -> ExprId {
        let Some(arguments) = arguments else { return base };
        let indices = self.tys(&arguments.params);
        self.builder.expr(at(span.merge(arguments.span)), ExprKind::Index { base, indices })
    }

    fn type_entry(&mut self, member: &TSSignature<'_>) -> Option<Entry> {
        let (key, value) = match member {
            TSSignature::TSPropertySignature(property) => {
                let value = match self.annotation(property.type_annotation.as_deref()) {
                    Some(value) => value,
                    None => self.other(property.span, Vec::new()),
                };
                (&property.key, value)
            }
            TSSignature::TSMethodSignature(method) => (&method.key, self.other(method.span, Vec::new())),
            _ => return None,
        };
        Some(Entry { key: Some(self.key_name(key)), value })
    }

    fn literal_type(&mut self, literal: &TSLiteral<'_>, span: oxc_span::Span) -> ExprId {
        let kind = match literal {
            TSLiteral::StringLiteral(literal) => return self.string(literal),
            TSLiteral::BooleanLiteral(literal) => ExprKind::Bool(literal.value),
            TSLiteral::NumericLiteral(literal) => ExprKind::Number(literal.value),
            _ => ExprKind::Other(Vec::new()),
        };
        self.builder.expr(at(span), kind)
    }

    /// `import("m").Name`.
    fn import_type(&mut self, import: &ast::TSImportType<'_>) -> ExprId {
        let mut base = self.module(import.source.span, &import.source.value);
        let mut names = Vec::new();
        let mut qualifier = import.qualifier.as_ref();
        while let Some(name) = qualifier {
            let (last, left) = match name {
                TSImportTypeQualifier::Identifier(id) => (&**id, None),
                TSImportTypeQualifier::QualifiedName(name) => (&name.right, Some(&name.left)),
            };
            names.push(last);
            qualifier = left;
        }
        for name in names.into_iter().rev().take(super::MAX_DEPTH) {
            base = self.builder.member(base, Symbol::new(&name.name), at(name.span));
        }
        self.applied(base, import.span, import.type_arguments.as_deref())
    }
}
