//! Client and types by progenitor, cut into files and freed of what this workspace does itself.

use anyhow::{Context, Result, ensure};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::{ToTokens, quote};
use syn::{Block, Expr, File, ImplItem, Item, ItemImpl, ItemMod, Stmt, UseTree, parse_quote};

use super::enums::OpenEnum;
use super::{Description, passes};
use crate::format;

/// Schemas whose Rust type is an id newtype of `acs-common`, and whether it implements `Display`, which
/// secrets do not.
const IDS: &[(&str, bool)] = &[
    ("CallConnectionId", true),
    ("ServerCallId", true),
    ("CorrelationId", true),
    ("InvitationId", true),
    ("RecordingId", true),
    ("OperationContext", true),
    ("IncomingCallContext", false),
];

/// The generated code of `acs-call-rest`.
pub(super) struct Generated {
    pub(super) types: TokenStream,
    pub(super) client: TokenStream,
}

/// Prepares the description and generates from it.
pub(super) fn generate(description: &Description, enums: &[OpenEnum]) -> Result<Generated> {
    let mut json = description.json.clone();
    passes::prepare(&mut json)?;
    let mut api: OpenAPI =
        serde_json::from_value(json).context("the prepared description is not OpenAPI 3.0")?;
    keep_path_order(&mut api, &description.api);
    let tokens = Generator::new(&settings(enums))
        .generate_tokens(&api)
        .context("progenitor refuses the prepared description")?;
    split(syn::parse2(tokens).context("progenitor made invalid Rust")?)
}

/// Plain JSON has sorted keys; methods shall follow the description.
fn keep_path_order(api: &mut OpenAPI, original: &OpenAPI) {
    let position = |path: &String| original.paths.paths.get_index_of(path);
    api.paths
        .paths
        .sort_by(|a, _, b, _| position(a).cmp(&position(b)));
}

fn settings(enums: &[OpenEnum]) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        // A client without the pipeline would send unsigned requests, so its absence must not compile.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::pipeline::Pipeline))
        // The same body has the same text in every run, which recordings and signatures like.
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    for (name, display) in IDS {
        let impls = [TypeImpl::FromStr]
            .into_iter()
            .chain(display.then_some(TypeImpl::Display));
        settings.with_replacement(name, format!("::acs_common::{name}"), impls);
    }
    for item in enums {
        let impls = [TypeImpl::Display, TypeImpl::FromStr].into_iter();
        settings.with_replacement(&item.name, format!("::acs_common::enums::{}", item.name), impls);
    }
    settings.with_replacement(
        "CommunicationIdentifierModel",
        "::acs_common::CommunicationIdentifier",
        std::iter::empty(),
    );
    settings
}

/// Cuts the one generated file into wire types, which every build has, and the client, which only some
/// builds have.
fn split(file: File) -> Result<Generated> {
    let mut types = None;
    let mut client = Vec::new();
    for item in file.items {
        match item {
            Item::Mod(module) if module.ident == "types" => types = Some(content(module)?),
            // A prelude of one name helps nobody.
            Item::Mod(module) if module.ident == "prelude" => {}
            Item::Impl(block) => client.push(Item::Impl(cleaned(block)?)),
            Item::Use(mut import) => {
                import.tree = without_encode_path(import.tree);
                client.push(Item::Use(import));
            }
            other => client.push(other),
        }
    }
    let types = types.context("progenitor made no module `types`")?;
    Ok(Generated {
        types: quote! { #(#types)* },
        client: quote! {
            use super::types;
            use crate::operation::encode_path;
            #(#client)*
        },
    })
}

/// The types without the module for errors of conversions, of which there are none: every enum is open and
/// lives in `acs-common`.
fn content(module: ItemMod) -> Result<Vec<Item>> {
    let (_, mut items) = module.content.context("module `types` has no content")?;
    items.retain(|item| !matches!(item, Item::Mod(module) if module.ident == "error"));
    let uses_it = |item: &Item| {
        item.to_token_stream()
            .to_string()
            .contains("error :: ConversionError")
    };
    ensure!(
        !items.iter().any(uses_it),
        "a generated type converts fallibly: it belongs into acs-common"
    );
    Ok(items)
}

/// Leaves the generator's encoding of path parameters out, for it keeps `:` and `+`: the official clients
/// escape both in raw ids, and `:` parts a path from its verb. Ours takes its place.
fn without_encode_path(tree: UseTree) -> UseTree {
    match tree {
        UseTree::Path(mut path) => {
            path.tree = Box::new(without_encode_path(*path.tree));
            UseTree::Path(path)
        }
        UseTree::Group(mut group) => {
            let keep = |tree: &UseTree| !matches!(tree, UseTree::Name(name) if name.ident == "encode_path");
            group.items = group.items.into_iter().filter(keep).collect();
            UseTree::Group(group)
        }
        other => other,
    }
}

/// Drops `Client::new`, which panics when no HTTP client can be built and knows nothing of our transport
/// settings, and the header `api-version`, which this service takes as a query parameter.
fn cleaned(mut block: ItemImpl) -> Result<ItemImpl> {
    block
        .items
        .retain(|item| !matches!(item, ImplItem::Fn(method) if method.sig.ident == "new"));
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item {
            // Nobody outside can name the pipeline that it takes.
            if method.sig.ident == "new_with_client" {
                method.vis = parse_quote!(pub(crate));
            }
            without_header_map(&mut method.block);
            let left = method.block.to_token_stream().to_string().contains("header_map");
            ensure!(
                !left,
                "{} takes a header that the pipeline does not add",
                method.sig.ident
            );
        }
    }
    Ok(block)
}

fn without_header_map(block: &mut Block) {
    block.stmts.retain(|statement| {
        let text = statement.to_token_stream().to_string();
        let builds = text.starts_with("let mut header_map") || text.starts_with("header_map . append");
        !(builds && (text.contains("with_capacity") || text.contains("\"api-version\"")))
    });
    for statement in &mut block.stmts {
        if let Stmt::Local(local) = statement
            && let Some(init) = &mut local.init
        {
            without_headers_call(&mut init.expr);
        }
    }
}

/// Takes the call `.headers(header_map)` out of a chain of calls.
fn without_headers_call(expr: &mut Expr) {
    match expr {
        Expr::Try(inner) => without_headers_call(&mut inner.expr),
        Expr::MethodCall(call) if call.method == "headers" => {
            let mut receiver = (*call.receiver).clone();
            without_headers_call(&mut receiver);
            *expr = receiver;
        }
        Expr::MethodCall(call) => without_headers_call(&mut call.receiver),
        _ => {}
    }
}

/// The file `mod.rs` of the generated folder.
pub(super) fn module() -> String {
    let body = r#"#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    unreachable_pub,
    reason = "generated code has the generator's style, and the crate root decides what goes out"
)]

#[cfg(feature = "client")]
#[rustfmt::skip]
pub mod client;
#[rustfmt::skip]
pub mod operations;
#[rustfmt::skip]
pub mod types;
"#;
    format::with_banner(
        super::DESCRIPTION,
        "What is generated from the API description.",
        body,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(code: &str) -> File {
        syn::parse_str(code).unwrap()
    }

    const SMALL: &str = r#"
        use progenitor_client::{encode_path, ClientHooks};
        pub mod types { pub struct Body { pub a: String } pub mod error { pub struct ConversionError; } }
        pub struct Client;
        impl Client {
            pub fn new() -> Self { Self }
            pub fn new_with_client() -> Self { Self }
            pub async fn play(&self) {
                let url = format!("{}/x/{}", self.baseurl, encode_path(&id.to_string()));
                let mut header_map = HeaderMap::with_capacity(1usize);
                header_map.append(HeaderName::from_static("api-version"), HeaderValue::from_static(Self::api_version()));
                let mut request = self.client.post(url).json(&body).headers(header_map).build()?;
            }
        }
        pub mod prelude { pub use super::Client; }
    "#;

    #[test]
    fn types_and_client_are_parted() {
        let generated = split(parsed(SMALL)).unwrap();
        assert_eq!(generated.types.to_string(), "pub struct Body { pub a : String }");
        let client = generated.client.to_string();
        assert!(
            !client.contains("fn new ()") && !client.contains("prelude"),
            "{client}"
        );
        assert!(client.contains("pub (crate) fn new_with_client"), "{client}");
    }

    #[test]
    fn the_version_header_is_taken_out() {
        let client = split(parsed(SMALL)).unwrap().client.to_string();
        assert!(
            !client.contains("header_map") && !client.contains("api-version"),
            "{client}"
        );
        assert!(
            client.contains(". post (url) . json (& body) . build () ?"),
            "{client}"
        );
    }

    #[test]
    fn path_parameters_are_encoded_by_us() {
        let client = split(parsed(SMALL)).unwrap().client.to_string();
        assert!(
            client.contains("use crate :: operation :: encode_path ;"),
            "{client}"
        );
        assert!(
            client.contains("use progenitor_client :: { ClientHooks }"),
            "{client}"
        );
    }

    #[test]
    fn another_header_is_an_error() {
        let code = SMALL.replace(
            "let mut request",
            "header_map.append(\"x\", value); let mut request",
        );
        let error = split(parsed(&code)).err().unwrap();
        assert!(error.to_string().starts_with("play takes a header"), "{error}");
    }

    #[test]
    fn a_fallible_conversion_is_an_error() {
        let code = SMALL.replace("pub a: String", "pub a: self::error::ConversionError");
        assert!(split(parsed(&code)).is_err());
    }

    #[test]
    fn methods_keep_the_order_of_the_description() {
        let description = crate::generate::load().unwrap();
        let enums = super::super::enums::collect(&description.json).unwrap();
        let client = generate(&description, &enums).unwrap().client.to_string();
        let order: Vec<usize> = [
            "create_call",
            "answer_call",
            "connect",
            "get_call",
            "start_recording",
            "resume_recording",
        ]
        .iter()
        .map(|name| client.find(&format!("async fn {name} ")).unwrap())
        .collect();
        assert!(order.is_sorted(), "{order:?}");
    }
}
