// Written by `npm run register` from the files of this folder.
import type { TokenFamily } from '../detector.ts'
import age from './age.ts'
import airtable from './airtable.ts'
import anthropic from './anthropic.ts'
import artifactory from './artifactory.ts'
import atlassian from './atlassian.ts'
import aws from './aws.ts'
import azure from './azure.ts'
import bitbucket from './bitbucket.ts'
import braintree from './braintree.ts'
import brevo from './brevo.ts'
import buildkite from './buildkite.ts'
import circleci from './circleci.ts'
import clojars from './clojars.ts'
import cloudflare from './cloudflare.ts'
import contentful from './contentful.ts'
import cratesIo from './crates-io.ts'
import databricks from './databricks.ts'
import datadog from './datadog.ts'
import digitalocean from './digitalocean.ts'
import discord from './discord.ts'
import dockerHub from './docker-hub.ts'
import doppler from './doppler.ts'
import dynatrace from './dynatrace.ts'
import figma from './figma.ts'
import firebase from './firebase.ts'
import fly from './fly.ts'
import github from './github.ts'
import gitlab from './gitlab.ts'
import google from './google.ts'
import grafana from './grafana.ts'
import groq from './groq.ts'
import heroku from './heroku.ts'
import huggingFace from './hugging-face.ts'
import infracost from './infracost.ts'
import jwt from './jwt.ts'
import kubernetes from './kubernetes.ts'
import langsmith from './langsmith.ts'
import launchdarkly from './launchdarkly.ts'
import linear from './linear.ts'
import mailchimp from './mailchimp.ts'
import mailgun from './mailgun.ts'
import mapbox from './mapbox.ts'
import netlify from './netlify.ts'
import newRelic from './new-relic.ts'
import notion from './notion.ts'
import npm from './npm.ts'
import nuget from './nuget.ts'
import nvidia from './nvidia.ts'
import onePassword from './one-password.ts'
import openai from './openai.ts'
import openrouter from './openrouter.ts'
import perplexity from './perplexity.ts'
import plaid from './plaid.ts'
import planetscale from './planetscale.ts'
import postgresHosts from './postgres-hosts.ts'
import posthog from './posthog.ts'
import postman from './postman.ts'
import prefect from './prefect.ts'
import pulumi from './pulumi.ts'
import pypi from './pypi.ts'
import replicate from './replicate.ts'
import resend from './resend.ts'
import rubygems from './rubygems.ts'
import sendgrid from './sendgrid.ts'
import sentry from './sentry.ts'
import shopify from './shopify.ts'
import slack from './slack.ts'
import sonarqube from './sonarqube.ts'
import sourcegraph from './sourcegraph.ts'
import square from './square.ts'
import stripe from './stripe.ts'
import supabase from './supabase.ts'
import tailscale from './tailscale.ts'
import tavily from './tavily.ts'
import teams from './teams.ts'
import telegram from './telegram.ts'
import telnyx from './telnyx.ts'
import typeform from './typeform.ts'
import vault from './vault.ts'
import vercel from './vercel.ts'
import xai from './xai.ts'
import yandex from './yandex.ts'

export const tokens: readonly TokenFamily[] = [
  age,
  airtable,
  anthropic,
  artifactory,
  atlassian,
  aws,
  azure,
  bitbucket,
  braintree,
  brevo,
  buildkite,
  circleci,
  clojars,
  cloudflare,
  contentful,
  cratesIo,
  databricks,
  datadog,
  digitalocean,
  discord,
  dockerHub,
  doppler,
  dynatrace,
  figma,
  firebase,
  fly,
  github,
  gitlab,
  google,
  grafana,
  groq,
  heroku,
  huggingFace,
  infracost,
  jwt,
  kubernetes,
  langsmith,
  launchdarkly,
  linear,
  mailchimp,
  mailgun,
  mapbox,
  netlify,
  newRelic,
  notion,
  npm,
  nuget,
  nvidia,
  onePassword,
  openai,
  openrouter,
  perplexity,
  plaid,
  planetscale,
  postgresHosts,
  posthog,
  postman,
  prefect,
  pulumi,
  pypi,
  replicate,
  resend,
  rubygems,
  sendgrid,
  sentry,
  shopify,
  slack,
  sonarqube,
  sourcegraph,
  square,
  stripe,
  supabase,
  tailscale,
  tavily,
  teams,
  telegram,
  telnyx,
  typeform,
  vault,
  vercel,
  xai,
  yandex,
]
